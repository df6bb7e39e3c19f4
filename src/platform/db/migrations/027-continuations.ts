import type { Migration } from './migrations.ts';

/**
 * Conversations that go on from a summary of another one: models are sent it beside the instructions. A summary that a model
 * writes for that waits in a row of its own until its person has edited it.
 */
export const continuationsMigration: Migration = {
  name: 'continuations',
  sql: `
alter table conversations add column origin_summary text;

create table continuation_summaries (
  conversation_id text primary key not null references conversations (id) on delete cascade,
  owner_id text not null references users (id) on delete cascade,
  -- The end of the branch that it covers.
  leaf_id text not null,
  status text not null check (status in ('running', 'complete', 'failed')),
  content text not null default '',
  -- Why there is none, as JSON.
  error text,
  created_at integer not null
) strict, without rowid;
create index continuation_summaries_owner on continuation_summaries (owner_id);
`,
};
