import type { Db, Statement } from '../platform/db/db.ts';

/** Another administrator who can sign in, or nobody else at all. Accounts being deleted count as gone. */
const isNotNeeded = `(role = 'user' or suspended_at is not null or leaving_at is not null
  or exists (select 1 from users o
    where o.role = 'admin' and o.suspended_at is null and o.leaving_at is null and o.id <> users.id)
  or not exists (select 1 from users o where o.leaving_at is null and o.id <> users.id))`;
/** Newest first: a message goes before the one that it answers, so that a step does not grow by cascade. */
const someOf = (table: string) => `(select id from ${table} where owner_id = ? order by id desc limit ?)`;

export const statements = {
  findNeed: `select ${isNotNeeded} as can_go from users where id = ?`,
  // Decided inside the statement, so that two administrators at once cannot both go.
  close: `update users set suspended_at = coalesce(suspended_at, ?), leaving_at = coalesce(leaving_at, ?)
    where id = ? and ${isNotNeeded}`,
  findState: 'select leaving_at from users where id = ?',
  listLeaving: 'select id from users where leaving_at is not null order by id',
  deleteMessages: `delete from messages where id in ${someOf('messages')}`,
  deleteConversations: `delete from conversations where id in ${someOf('conversations')}`,
  deleteImages: `delete from images where id in ${someOf('images')}`,
  // After the messages, which hold them.
  deleteAttachments: `delete from attachments where id in ${someOf('attachments')}`,
  deleteSearchWords: `delete from search_words where (owner_number, word) in
    (select w.owner_number, w.word from search_owners o join search_words w on w.owner_number = o.number
      where o.owner_id = ? limit ?)`,
  forgetCalls: `update ledger_entries set owner_id = null where id in ${someOf('ledger_entries')}`,
  deleteUser: 'delete from users where id = ? and leaving_at is not null',
  // Otherwise deleted data could be read in the write-ahead log until SQLite happens to overwrite it.
  emptyWriteLog: 'pragma wal_checkpoint(truncate)',
} as const;

/** What a deletion does, step by step. */
export function createRemovalStore(db: Db) {
  return {
    /** Undefined when there is no such person. */
    canGo: async (userId: string) => {
      const row = await db.get<{ can_go: number }>(statements.findNeed, [userId]);
      return row && row.can_go === 1;
    },
    /** Nobody gets in any more, and there is no way back. @throws AppError `last_admin` */
    close: (userId: string, now: number) =>
      db.batch([{ sql: statements.close, params: [now, now, userId], mustChange: 'last_admin' }]),
    /** True for an account that is being deleted, and for one that is gone. */
    isLeaving: async (userId: string) => {
      const row = await db.get<{ leaving_at: number | null }>(statements.findState, [userId]);
      return row?.leaving_at !== null;
    },
    listLeaving: async () => (await db.all<{ id: string }>(statements.listLeaving)).map(({ id }) => id),
    /** The steps of which each is repeated until its last statement changes nothing more. */
    steps: (userId: string, most: number): Statement[][] => [
      [{ sql: statements.deleteMessages, params: [userId, most] }],
      [{ sql: statements.deleteConversations, params: [userId, most] }],
      [{ sql: statements.deleteImages, params: [userId, most] }],
      [{ sql: statements.deleteAttachments, params: [userId, most] }],
      [{ sql: statements.deleteSearchWords, params: [userId, most] }],
      [{ sql: statements.forgetCalls, params: [userId, most] }],
    ],
    batch: (list: readonly Statement[]) => db.batch(list),
    /** The account itself, with what work that was still running has stored meanwhile. */
    deleteUser: (userId: string, more: readonly Statement[]) =>
      db.batch([
        { sql: statements.deleteImages, params: [userId, -1] },
        ...more,
        { sql: statements.deleteUser, params: [userId] },
      ]),
    emptyWriteLog: () => db.all(statements.emptyWriteLog),
  };
}

export type RemovalStore = ReturnType<typeof createRemovalStore>;
