import type { Migration } from './migrations.ts';

/**
 * One table for every stored byte. `bytes` is an upper bound until the file has its place. An owner is no reference:
 * bytes are only forgotten once they are removed, also when their owner's row is gone before them.
 */
export const filesMigration: Migration = {
  name: 'files',
  sql: `
create table files (
  id text primary key,
  owner_id text,
  kind text not null,
  place text unique,
  bytes integer not null check (bytes >= 0),
  sha256 text,
  state text not null check (state in ('reserved', 'ready', 'trashed', 'removing')),
  created_at integer not null,
  trashed_at integer
) strict;

-- The id of an image becomes that of its file, since the smaller copies on the disk are named by it. A size that is not
-- known counts as 1536 x 1024.
insert into files (id, owner_id, kind, place, bytes, sha256, state, created_at, trashed_at)
  select id, owner_id, 'image', path,
    case
      when path is not null then coalesce(bytes, 0)
      when size glob '[0-9]*x[0-9]*' then 4096 + 404 * cast(substr(size, 1, instr(size, 'x') - 1) as integer)
        * cast(substr(size, instr(size, 'x') + 1) as integer) / 100
      else 6358466
    end,
    sha256,
    case when status = 'pending' then 'reserved' when deleted_at is not null then 'trashed' else 'ready' end,
    created_at, case when status = 'ready' then deleted_at end
  from images where status = 'pending' or (status = 'ready' and path is not null);
insert into files (id, kind, place, bytes, state, created_at)
  select lower(hex(randomblob(13))), 'image', name, 0, 'removing', removed_at from removed_files
  where kind = 'picture' and name not in (select place from files where place is not null);
insert into files (id, kind, bytes, state, created_at)
  select name, 'image', 0, 'removing', removed_at from removed_files
  where kind = 'rendition' and name not in (select id from files);
drop table removed_files;

alter table images add column file_id text references files (id);
update images set file_id = id where id in (select id from files);
drop index images_storage;
alter table images drop column path;
alter table images drop column bytes;
alter table images drop column sha256;

create index images_file on images (file_id);
create index files_owner on files (owner_id, bytes);
create index files_removing on files (id) where state = 'removing';

-- Set once a conversation is being deleted for good, which takes several steps: there is no way back, and after a crash
-- the next start goes on.
alter table conversations add column purged_at integer;
-- Until now nothing left the trash, and there was no page that showed it: what would go at once stays for another week.
update conversations set deleted_at = max(deleted_at, unixepoch() * 1000 - 23 * 86400000) where deleted_at is not null;
update images set deleted_at = max(deleted_at, unixepoch() * 1000 - 23 * 86400000) where deleted_at is not null;
create index conversations_purged on conversations (id) where purged_at is not null;
create index conversations_trash on conversations (owner_id, deleted_at, id) where deleted_at is not null;
create index images_trash on images (owner_id, deleted_at, id) where deleted_at is not null;
`,
};
