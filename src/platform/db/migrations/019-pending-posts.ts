import type { Migration } from './migrations.ts';

/** Forms that were sent after their session had ended, until the person who filled them in is signed in again. */
export const pendingPostsMigration: Migration = {
  name: 'pending-posts',
  sql: `
create table pending_posts (
  id text primary key,
  owner_id text not null references users (id) on delete cascade,
  path text not null,
  -- Names and texts, as a list of pairs in JSON.
  fields text not null,
  created_at integer not null
) strict;
create index pending_posts_owner on pending_posts (owner_id, created_at, id);
create index pending_posts_age on pending_posts (created_at);
`,
};
