import type { Migration } from './migrations.ts';

/** Which message a draft would become, by its client id, and an index for the list of a person's drafts. */
export const draftClientMigration: Migration = {
  name: 'draft-client',
  sql: `
alter table drafts add column client_id text;
create index drafts_newest on drafts (owner_id, updated_at, id);
`,
};
