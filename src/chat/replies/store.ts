import type { Db } from '../../platform/db/db.ts';
import type { ReplyStatus } from '../store.ts';

const live = `status in ('queued', 'running')`;

export const statements = {
  grow: `update messages set content = content || ?, status = ?, provider_id = coalesce(?, provider_id),
      started_at = coalesce(started_at, ?), heartbeat_at = ? where id = ? and ${live}`,
  finish: `update messages set content = ?, status = ?, finish_reason = ?, error = ?, model = coalesce(?, model),
      provider_id = coalesce(?, provider_id), started_at = coalesce(started_at, ?),
      prompt_tokens = ?, completion_tokens = ?, usage_estimated = ?, ended_at = ?, heartbeat_at = ?
    where id = ? and ${live}`,
  reopen: `update messages set status = 'queued', error = null, finish_reason = null, ended_at = null, heartbeat_at = ?
    where id = ? and owner_id = ? and (status in ('stopped', 'interrupted', 'failed') or finish_reason = 'length')
      and (select count(*) from active_work w where w.owner_id = messages.owner_id) < ?
      and exists (select 1 from conversations c where c.id = messages.conversation_id and c.deleted_at is null)`,
  liveIn: `select id from messages where conversation_id = ? and ${live}`,
  liveOf: `select id from messages where owner_id = ? and ${live}`,
  interruptSilent: `update messages set status = 'interrupted', error = ?, ended_at = ?
    where ${live} and heartbeat_at < ?`,
} as const;

/** Where a reply is in its life, as its writer knows it; null: not known yet, what is stored stays. */
export type Progress = { id: string; providerId: string | null; startedAt: number | null };
export type Growth = Progress & { piece: string; status: 'queued' | 'running' };
export type Ending = Progress & {
  content: string;
  status: ReplyStatus;
  finishReason: string | null;
  error: string | null;
  model: string | null;
  promptTokens: number | null;
  completionTokens: number | null;
  estimated: number | null;
};

/** What a writer stores of its replies. A reply that is over never changes, whoever comes late. */
export function createReplyStore(db: Db) {
  return {
    /** Adds to all of them in one transaction. @returns for each one whether it is still being written */
    async grow(growth: readonly Growth[], now: number): Promise<boolean[]> {
      const changes = await db.batch(
        growth.map(({ id, piece, status, providerId, startedAt }) => ({
          sql: statements.grow,
          params: [piece, status, providerId, startedAt, now, id],
        })),
      );
      return changes.map((count) => count > 0);
    },
    finish: (end: Ending, now: number) =>
      db.run(statements.finish, [
        ...[end.content, end.status, end.finishReason, end.error, end.model, end.providerId, end.startedAt],
        ...[end.promptTokens, end.completionTokens, end.estimated, now, now, end.id],
      ]),
    /** Makes a reply that can go on a queued one again. @returns false when it cannot, or the owner has no room */
    reopen: async (reply: { id: string; ownerId: string; maxActive: number; now: number }) =>
      (await db.run(statements.reopen, [reply.now, reply.id, reply.ownerId, reply.maxActive])) > 0,
    liveIn: (conversationId: string) => db.all<{ id: string }>(statements.liveIn, [conversationId]),
    liveOf: (ownerId: string) => db.all<{ id: string }>(statements.liveOf, [ownerId]),
    interruptSilent: (error: string, now: number, heartbeatBefore: number) =>
      db.run(statements.interruptSilent, [error, now, heartbeatBefore]),
  };
}

export type ReplyStore = ReturnType<typeof createReplyStore>;
