import type { Migration } from './migrations.ts';

/** Who did what to what. Names are kept beside the ids, so that a line still tells its story when a person is gone. */
export const auditMigration: Migration = {
  name: 'audit',
  sql: `
create table audit_entries (
  id text primary key,
  at integer not null,
  last_at integer not null,
  count integer not null default 1,
  actor_id text,
  actor_name text,
  action text not null,
  object_kind text,
  object_id text,
  object_name text,
  outcome text not null check (outcome in ('done', 'denied', 'failed')),
  address text,
  door text not null,
  request_id text,
  details text not null default '{}',
  -- Set while a summarised line is open for more of the same.
  slot text unique
) strict;
create index audit_entries_newest on audit_entries (at, id);
create index audit_entries_actor on audit_entries (actor_id, at, id);
create index audit_entries_object on audit_entries (object_id, at, id) where object_id is not null;
create index audit_entries_action on audit_entries (action, at, id);
`,
};
