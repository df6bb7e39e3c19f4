import type { ErrorCode } from '../lib/errors.ts';
import type { Db, Statement } from '../platform/db/db.ts';

export type FileState = 'reserved' | 'ready' | 'trashed' | 'removing';
export type FileRow = {
  id: string;
  owner_id: string | null;
  place: string | null;
  bytes: number;
  sha256: string | null;
  state: FileState;
};
export type BackupRow = { place: string; bytes: number; sha256: string | null };

const columns = 'id, owner_id, place, bytes, sha256, state';
/** All that is on the disk or on its way there, the trash too. */
const used = '(select coalesce(sum(o.bytes), 0) from files o where o.owner_id = u.id)';
/** `more` is what comes on top of what is counted already. 0 is no limit. */
const hasRoom = (more: string) =>
  `(coalesce(u.storage_limit_bytes, ?) = 0 or ${used} + ${more} <= coalesce(u.storage_limit_bytes, ?))`;

export const statements = {
  reserve: `insert into files (id, owner_id, kind, bytes, state, created_at)
    select ?, u.id, ?, ?, 'reserved', ? from users u where u.id = ? and ${hasRoom('?')}`,
  // What was reserved may always be used, even when the limit was lowered meanwhile.
  settle: `update files set place = ?, bytes = ?, sha256 = ? where id = ? and state = 'reserved' and (bytes >= ?
    or exists (select 1 from users u where u.id = files.owner_id and ${hasRoom('? - files.bytes')}))`,
  ready: `update files set state = 'ready' where id = ? and state = 'reserved' and place is not null`,
  trash: `update files set state = 'trashed', trashed_at = ? where id = ? and state = 'ready'`,
  restore: `update files set state = 'ready', trashed_at = null where id = ? and state = 'trashed'`,
  release: `update files set state = 'removing' where id = ? and state = 'reserved'`,
  releaseAll: `update files set state = 'removing' where state = 'reserved' and kind = ?`,
  purge: `update files set state = 'removing' where id = ? and state <> 'removing'`,
  removeOwner: `update files set state = 'removing'
    where id in (select id from files where owner_id = ? and state <> 'removing' order by id limit ?)`,
  abandon: `update files set state = 'removing'
    where state <> 'removing' and not exists (select 1 from users u where u.id = files.owner_id)`,
  find: `select ${columns} from files where id = ?`,
  listRemoving: `select ${columns} from files where state = 'removing' and id > ? order by id limit ?`,
  forget: `delete from files where id = ? and state = 'removing'`,
  storage: `select ${used} as used, u.storage_limit_bytes as own_limit from users u where u.id = ?`,
  total: `select coalesce(sum(bytes), 0) as bytes from files where state <> 'reserved'`,
  listForBackup: `select place, bytes, sha256 from files
    where state in ('ready', 'trashed') and place is not null order by place`,
  listPlaces: 'select place from files where place is not null',
} as const;

export type NewReservation = {
  id: string;
  ownerId: string;
  kind: string;
  maxBytes: number;
  limit: number;
  now: number;
};

/** Stored files as rows: from the moment that room is reserved until their bytes are gone. Sizes in bytes. */
export function createFileStore(db: Db) {
  return {
    batch: (list: readonly Statement[]) => db.batch(list),
    reservation: ({ id, ownerId, kind, maxBytes, limit, now }: NewReservation): Statement => ({
      sql: statements.reserve,
      params: [id, kind, maxBytes, now, ownerId, limit, maxBytes, limit],
      mustChange: 'quota_reached',
    }),
    settlement: (file: {
      id: string;
      place: string;
      bytes: number;
      sha256: string;
      limit: number;
    }): Statement => ({
      sql: statements.settle,
      params: [file.place, file.bytes, file.sha256, file.id, file.bytes, file.limit, file.bytes, file.limit],
      mustChange: 'quota_reached',
    }),
    readiness: (id: string): Statement => one(statements.ready, id, 'conflict'),
    trashing: (id: string, now: number): Statement => ({ sql: statements.trash, params: [now, id] }),
    restoration: (id: string): Statement => one(statements.restore, id),
    release: (id: string): Statement => one(statements.release, id),
    releaseAll: (kind: string): Statement => ({ sql: statements.releaseAll, params: [kind] }),
    purge: (id: string): Statement => one(statements.purge, id),
    ownerRemoval: (ownerId: string, limit: number): Statement => ({
      sql: statements.removeOwner,
      params: [ownerId, limit],
    }),
    abandon: () => db.run(statements.abandon),
    find: (id: string) => db.get<FileRow>(statements.find, [id]),
    listRemoving: (after: string, limit: number) => db.all<FileRow>(statements.listRemoving, [after, limit]),
    forget: (id: string) => db.run(statements.forget, [id]),
    storage: (ownerId: string) =>
      db.get<{ used: number; own_limit: number | null }>(statements.storage, [ownerId]),
    total: async () => (await db.get<{ bytes: number }>(statements.total))?.bytes ?? 0,
  };
}

export type FileStore = ReturnType<typeof createFileStore>;

const one = (sql: string, id: string, mustChange: ErrorCode | false = false): Statement => ({
  sql,
  params: [id],
  mustChange,
});
