import type { Db, Statement } from '../platform/db/db.ts';

/** Another administrator who is not suspended, or nobody else at all. */
const isNotNeeded = `(role = 'user' or suspended_at is not null
  or exists (select 1 from users o where o.role = 'admin' and o.suspended_at is null and o.id <> users.id)
  or not exists (select 1 from users o where o.id <> users.id))`;

export const statements = {
  findNeed: `select ${isNotNeeded} as can_go from users where id = ?`,
  notePictures: `insert into removed_files (kind, name, removed_at)
    select 'picture', path, ? from images where owner_id = ? and path is not null on conflict do nothing`,
  noteRenditions: `insert into removed_files (kind, name, removed_at)
    select 'rendition', id, ? from images where owner_id = ? on conflict do nothing`,
  // Failed sign-ins are counted by name.
  forgetFailures: `delete from throttles where key = (select 'account:' || username_key from users where id = ?)`,
  // Decided inside the statement, so that two administrators at once cannot both go. The rest follows by cascade.
  deleteUser: `delete from users where id = ? and ${isNotNeeded}`,
  listRemoved:
    'select kind, name, removed_at from removed_files where (kind, name) > (?, ?) order by kind, name limit ?',
  forgetRemoved: 'delete from removed_files where kind = ? and name = ?',
  // Else what was deleted could be read in the log of writes until SQLite happens to write over it.
  emptyWriteLog: 'pragma wal_checkpoint(truncate)',
} as const;

export type RemovedFile = { kind: 'picture' | 'rendition'; name: string; removed_at: number };

/** What a deletion leaves to be done. */
export function createRemovalStore(db: Db) {
  return {
    /** Undefined when there is no such person. */
    canGo: async (userId: string) => {
      const row = await db.get<{ can_go: number }>(statements.findNeed, [userId]);
      return row && row.can_go === 1;
    },
    /** All of it or nothing. @throws AppError `last_admin` */
    deleteUser: (userId: string, now: number, more: readonly Statement[]) =>
      db.batch([
        { sql: statements.notePictures, params: [now, userId] },
        { sql: statements.noteRenditions, params: [now, userId] },
        { sql: statements.forgetFailures, params: [userId] },
        ...more,
        { sql: statements.deleteUser, params: [userId], mustChange: 'last_admin' },
      ]),
    listRemoved: (after: Pick<RemovedFile, 'kind' | 'name'> | undefined, limit: number) =>
      db.all<RemovedFile>(statements.listRemoved, [after?.kind ?? '', after?.name ?? '', limit]),
    forgetRemoved: (files: readonly RemovedFile[]) =>
      db.batch(files.map(({ kind, name }) => ({ sql: statements.forgetRemoved, params: [kind, name] }))),
    emptyWriteLog: () => db.all(statements.emptyWriteLog),
  };
}

export type RemovalStore = ReturnType<typeof createRemovalStore>;
