import type { Db, Statement } from '../../platform/db/db.ts';
import type { ReplyContext } from '../context-window/context-window.ts';
import { keepContext } from '../context-window/store.ts';
import { forgetRendered } from '../rendered/store.ts';
import { forgetItems } from '../thinking/sealed/store.ts';
import {
  endThinking,
  forgetEmptyThinking,
  growThinking,
  type ThinkingEnd,
  type ThinkingGrowth,
} from '../thinking/store.ts';
import type { ReplyStatus } from '../store.ts';

const live = `status in ('queued', 'running')`;

export const statements = {
  // A save that failed after its commit is repeated with a longer piece.
  append: `insert into reply_pieces (reply_id, position, text) select id, ?, ? from messages where id = ? and ${live}
    on conflict (reply_id, position) do update set text = excluded.text`,
  beat: `update messages set status = ?, provider_id = coalesce(?, provider_id),
      started_at = coalesce(started_at, ?), heartbeat_at = ? where id = ? and ${live}`,
  finish: `update messages set content = ?, status = ?, finish_reason = ?, error = ?, model = coalesce(?, model),
      provider_id = coalesce(?, provider_id), started_at = coalesce(started_at, ?),
      prompt_tokens = ?, completion_tokens = ?, usage_estimated = ?, ended_at = ?, heartbeat_at = ?
    where id = ? and ${live}`,
  removePieces: 'delete from reply_pieces where reply_id = ?',
  reopen: `update messages set status = 'queued', error = null, finish_reason = null, ended_at = null, heartbeat_at = ?,
      thinking_ms = case content when '' then null else thinking_ms end,
      thinking_tokens = case content when '' then null else thinking_tokens end
    where id = ? and owner_id = ? and (status in ('stopped', 'interrupted', 'failed') or finish_reason = 'length')
      and (select count(*) from active_work w where w.owner_id = messages.owner_id) < ?
      and not exists (select 1 from messages s where s.parent_id = messages.parent_id and s.${live})
      and exists (select 1 from conversations c where c.id = messages.conversation_id and c.deleted_at is null)`,
  liveIn: `select id from messages where conversation_id = ? and ${live}`,
  liveOf: `select id from messages where owner_id = ? and ${live}`,
  // What waited for an answer that had not ended was never sent. The list is read whole before anything is changed.
  markUnsent: `update messages set status = 'interrupted', error = ?, ended_at = ?
    where id in (select r.id from messages r join messages q on q.id = r.parent_id join messages p on p.id = q.parent_id
      where r.${live} and r.status = 'queued' and r.heartbeat_at < ? and p.status in ('queued', 'running'))`,
  interruptSilent: `update messages set status = 'interrupted', error = ?, ended_at = ?,
      content = (select t.text from message_texts t where t.id = messages.id)
    where ${live} and heartbeat_at < ?`,
  // Only running replies have pieces: there are few.
  removeJoinedPieces: `delete from reply_pieces
    where not exists (select 1 from messages m where m.id = reply_pieces.reply_id and m.${live})`,
} as const;

/** Where a reply is in its life, as its writer knows it; null: not known yet, what is stored stays. */
export type Progress = { id: string; providerId: string | null; startedAt: number | null };
/** `position`: where the piece begins in the whole text. `beats`: the row itself is written, which it need not be each time. */
export type Growth = Progress & {
  piece: string;
  position: number;
  thought: ThinkingGrowth;
  status: 'queued' | 'running';
  beats: boolean;
};
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
/** What is written beside the message itself. */
type EndingExtras = { thinking: ThinkingEnd; context: ReplyContext | undefined };

type Reopening = { id: string; ownerId: string; maxActive: number; now: number };

/** What a writer stores of its replies. A reply that is over never changes, whoever comes late. */
export function createReplyStore(db: Db) {
  return {
    /**
     * Adds to all of them in one transaction that waits for no disk: nobody was told that this is stored.
     * @returns the ids of those that are not being written any more
     */
    async grow(growth: readonly Growth[], now: number): Promise<Set<string>> {
      const writes = growth.flatMap((one) => growthOf(one, now));
      const changes = await db.batch(
        writes.map(({ statement }) => statement),
        'deferred',
      );
      return new Set(writes.filter((_write, i) => changes[i] === 0).map(({ id }) => id));
    },
    /** The whole text takes the place of its pieces. */
    finish: (end: Ending, { thinking, context }: EndingExtras, now: number) =>
      db.batch([
        ...(context ? [keepContext(end.id, context)] : []),
        ...endThinking(thinking),
        {
          sql: statements.finish,
          params: [
            ...[end.content, end.status, end.finishReason, end.error, end.model, end.providerId],
            ...[end.startedAt, end.promptTokens, end.completionTokens, end.estimated, now, now, end.id],
          ],
        },
        { sql: statements.removePieces, params: [end.id] },
      ]),
    /** Makes a reply that can go on a queued one again. @returns false when it cannot, or the owner has no room */
    async reopen({ id, ownerId, maxActive, now }: Reopening): Promise<boolean> {
      const reopen = { sql: statements.reopen, params: [now, id, ownerId, maxActive] };
      const forgetting = [forgetRendered(id), forgetEmptyThinking(id), forgetItems(id)];
      const [changed = 0] = await db.batch([reopen, ...forgetting]);
      return changed > 0;
    },
    liveIn: (conversationId: string) => db.all<{ id: string }>(statements.liveIn, [conversationId]),
    liveOf: (ownerId: string) => db.all<{ id: string }>(statements.liveOf, [ownerId]),
    /** Joins the pieces of replies whose writer is gone, and ends them. @returns how many there were */
    interruptSilent: async (
      errors: { interrupted: string; unsent: string },
      now: number,
      heartbeatBefore: number,
    ): Promise<number> => {
      const [unsent = 0, interrupted = 0] = await db.batch([
        { sql: statements.markUnsent, params: [errors.unsent, now, heartbeatBefore] },
        { sql: statements.interruptSilent, params: [errors.interrupted, now, heartbeatBefore] },
        { sql: statements.removeJoinedPieces, params: [] },
      ]);
      return unsent + interrupted;
    },
  };
}

function growthOf(growth: Growth, now: number): { id: string; statement: Statement }[] {
  const { id, piece, position, thought, beats } = growth;
  const append = { sql: statements.append, params: [position, piece, id] };
  const beat = {
    sql: statements.beat,
    params: [growth.status, growth.providerId, growth.startedAt, now, id],
  };
  const thinking = thought.piece === '' ? [] : growThinking(thought);
  return [...thinking, ...(piece === '' ? [] : [append]), ...(beats ? [beat] : [])].map((statement) => ({
    id,
    statement,
  }));
}

export type ReplyStore = ReturnType<typeof createReplyStore>;
