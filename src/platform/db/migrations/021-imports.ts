import type { Migration } from './migrations.ts';

/**
 * Archives that people bring in. `file` is the name below the folder of imports, null once it is removed. `preview` and
 * `report` are JSON: what the archive holds, and what was taken from it.
 */
export const importsMigration: Migration = {
  name: 'imports',
  sql: `
create table imports (
  id text primary key,
  owner_id text not null references users (id) on delete cascade,
  -- As the person calls it.
  name text not null,
  bytes integer not null,
  file text,
  preview_job_id text references jobs (id) on delete set null,
  preview text,
  job_id text references jobs (id) on delete set null,
  report text,
  created_at integer not null
) strict;
create index imports_owner on imports (owner_id, created_at, id);
create index imports_kept on imports (created_at) where file is not null;
create index imports_preview_job on imports (preview_job_id) where preview_job_id is not null;
create index imports_job on imports (job_id) where job_id is not null;
`,
};
