import type { Migration } from './migrations.ts';

/**
 * SQLite takes a partial index only for a query whose own conditions imply it, term by term: `status = 'queued'` alone
 * does not imply `status in ('queued', 'running')` (https://www.sqlite.org/partialindex.html, section 3).
 */
export const indexesMigration: Migration = {
  name: 'indexes',
  sql: `
create index jobs_queued on jobs (kind, created_at, id) where status = 'queued';
create index jobs_running on jobs (owner_id) where status = 'running';
create index messages_changes on messages (conversation_id, seq, owner_id, status, created_at, ended_at, id);
create index refresh_tokens_expiry on refresh_tokens (expires_at);
`,
};
