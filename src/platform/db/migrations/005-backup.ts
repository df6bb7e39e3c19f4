import type { Migration } from './migrations.ts';

/** The one row that says when backups are made by themselves, and how the last one went. 0 hours: never. */
export const backupMigration: Migration = {
  name: 'backup',
  sql: `
create table backup_settings (
  id integer primary key check (id = 1),
  every_hours integer not null check (every_hours between 0 and 720),
  keep integer not null check (keep between 1 and 365),
  version integer not null default 1,
  updated_at integer not null,
  next_at integer,
  last_at integer,
  last_kind text,
  last_outcome text check (last_outcome in ('done', 'failed')),
  last_name text,
  last_message text
) strict;
insert into backup_settings (id, every_hours, keep, updated_at) values (1, 24, 7, 0);
`,
};
