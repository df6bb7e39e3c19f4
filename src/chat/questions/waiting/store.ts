import type { Db, Statement } from '../../../platform/db/db.ts';

const live = `in ('queued', 'running')`;
/** True for a question whose answers have not begun, because the answer above it is still being written. */
const waits = (question: string) => `${question}.role = 'user'
  and exists (select 1 from messages p where p.id = ${question}.parent_id and p.status ${live})
  and exists (select 1 from messages r where r.parent_id = ${question}.id and r.status = 'queued')
  and not exists (select 1 from messages r where r.parent_id = ${question}.id and r.status is not 'queued')`;

export const statements = {
  list: `select q.id, q.parent_id from messages r join messages q on q.id = r.parent_id
    where r.status ${live} and r.status = 'queued' and r.owner_id = ? and r.conversation_id = ? and ${waits('q')} order by q.seq`,
  change: `update messages set content = ? where id = ? and owner_id = ? and ${waits('messages')}`,
  // The branch ends above what is taken back, if it ended there.
  withdraw: `update conversations set updated_at = ?, leaf_id = case
      when leaf_id = q.id or leaf_id in (select r.id from messages r where r.parent_id = q.id) then q.parent_id
      else leaf_id end
    from messages q where q.id = ? and q.owner_id = ? and conversations.id = q.conversation_id and ${waits('q')}`,
  // What was said after it moves up.
  closeGap: `update messages set parent_id = (select q.parent_id from messages q where q.id = ?)
    where parent_id in (select r.id from messages r where r.parent_id = ?)`,
  repliesTo: 'select id from messages where parent_id = ? and owner_id = ?',
  remove: 'delete from messages where id = ?',
} as const;

type WaitingRow = { id: string; parent_id: string };

/** Questions that wait for the answer above them, as rows. That one still waits is decided inside each statement. */
export function createWaitingStore(db: Db) {
  return {
    /** Oldest first. */
    list: (conversationId: string, ownerId: string) =>
      db.all<WaitingRow>(statements.list, [ownerId, conversationId]),
    /** `files`: what gives it others. @throws AppError `conflict` when it does not wait any more */
    change: (id: string, ownerId: string, { content, files }: { content: string; files: Statement[] }) =>
      db.batch([{ sql: statements.change, params: [content, id, ownerId], mustChange: true }, ...files]),
    repliesTo: async (id: string, ownerId: string) =>
      (await db.all<{ id: string }>(statements.repliesTo, [id, ownerId])).map((row) => row.id),
    /** @throws AppError `conflict` when it does not wait any more */
    withdraw: (id: string, ownerId: string, now: number) => {
      const withdraw: Statement = {
        sql: statements.withdraw,
        params: [now, id, ownerId],
        mustChange: true,
      };
      return db.batch([
        withdraw,
        { sql: statements.closeGap, params: [id, id] },
        { sql: statements.remove, params: [id] },
      ]);
    },
  };
}
