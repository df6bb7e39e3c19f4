import type { Attachments } from '../../../attachments/attachments.ts';
import type { Actor } from '../../../lib/actor.ts';
import { AppError, isAppError, notFound } from '../../../lib/errors.ts';
import type { NewId } from '../../../lib/ids.ts';
import { excerpt } from '../../../lib/text.ts';
import type { Db } from '../../../platform/db/db.ts';
import type { Log } from '../../../platform/log.ts';
import type { Provider } from '../../../provider/provider.ts';
import type { ContextWindow } from '../../context-window/context-window.ts';
import type { Conversations } from '../../conversations/conversations.ts';
import { toReplyError, type Conversation, type ReplyError } from '../../messages.ts';
import type { ChatStore } from '../../store.ts';
import { requireSummary } from '../origin-summary/origin-summary.ts';
import { createContinuationStore } from './store.ts';
import { createSummaryWriter } from './write-summary.ts';

const MAX_TITLE = 200;

/** A summary that a model writes, or has written. `isOutdated`: the conversation has gone on, or shows another branch. */
export type WrittenSummary =
  | { status: 'none' | 'running' }
  | { status: 'complete'; content: string; isOutdated: boolean }
  | { status: 'failed'; error: ReplyError };
export type NewContinuation = { summary: string; title: string; clientId?: string | undefined };

type Deps = {
  db: Db;
  store: Pick<ChatStore, 'findByClientId'>;
  attachments: Pick<Attachments, 'partsOf'>;
  provider: Pick<Provider, 'chat'>;
  conversations: Pick<Conversations, 'findLeaf' | 'get'>;
  contextWindow: ContextWindow;
  newId: NewId;
  now: () => number;
  log: Log;
};

/** New conversations that go on from the summary of another one. */
export function createContinuations(deps: Deps) {
  const { db, store, conversations, newId, now, log } = deps;
  const continuations = createContinuationStore(db);
  const writeSummary = createSummaryWriter(deps);
  const closing = new AbortController();
  /** By conversation: a process that begins has none, so what is stored as running then was interrupted. */
  const running = new Map<string, Promise<void>>();

  async function write(actor: Actor, conversation: Conversation, leafId: string, requestId: string) {
    const { id } = conversation;
    try {
      const text = await writeSummary({ actor, conversation, leafId, requestId }, closing.signal);
      await continuations.complete(id, actor.id, text);
    } catch (error) {
      const reason = toReplyError(error);
      log.info('summary failed', { conversation: id, code: reason.code, cause: String(error) });
      await continuations.fail(id, actor.id, JSON.stringify(reason));
    }
  }

  return {
    /** What there is of a written summary. @throws AppError `not_found` */
    async find(actor: Actor, id: string): Promise<WrittenSummary> {
      const { leafId } = await conversations.findLeaf(actor, id, undefined);
      const row = await continuations.find(id, actor.id);
      if (!row) return { status: 'none' };
      if (row.status === 'complete')
        return { status: 'complete', content: row.content, isOutdated: row.leaf_id !== leafId };
      if (row.status === 'running' && running.has(id)) return { status: 'running' };
      const error = row.error ? (JSON.parse(row.error) as ReplyError) : toReplyError(interrupted());
      return { status: 'failed', error };
    },

    /** Has the branch that is shown summarised, in the background; once at a time. @throws AppError `not_found` */
    async begin(actor: Actor, id: string, requestId: string): Promise<void> {
      const { conversation, leafId } = await conversations.findLeaf(actor, id, undefined);
      if (running.has(id)) return;
      if (!(await continuations.begin(id, actor.id, { leafId, now: now() }))) throw notFound();
      if (running.has(id)) return;
      const work = write(actor, conversation, leafId, requestId)
        .catch((error: unknown) =>
          log.error('summary not stored', { conversation: id, cause: String(error) }),
        )
        .finally(() => running.delete(id));
      running.set(id, work);
    },

    /**
     * Opens a conversation with model, instructions and parameters of the first one, which goes on from this summary. A repeat
     * of the client id finds it again.
     * @throws AppError `not_found`, `invalid` for a summary that is blank or too long
     */
    async open(actor: Actor, sourceId: string, input: NewContinuation): Promise<Conversation> {
      const { clientId = null } = input;
      const summary = requireSummary(input.summary);
      await conversations.get(actor, sourceId);
      const id = newId();
      const title = excerpt(input.title, MAX_TITLE);
      const row = { id, sourceId, ownerId: actor.id, clientId, title, summary, now: now() };
      await continuations.continueFrom(row).catch((error: unknown) => {
        // Refused as a whole; the look-up below tells a repeat.
        if (clientId === null || !isAppError(error, 'conflict')) throw error;
      });
      const first = clientId === null ? undefined : await store.findByClientId(actor.id, clientId);
      return conversations.get(actor, first?.id ?? id);
    },

    /** Ends what is being written. */
    async close(): Promise<void> {
      closing.abort(interrupted());
      await Promise.all(running.values());
    },
  };
}

export type Continuations = ReturnType<typeof createContinuations>;

const interrupted = () => new AppError('interrupted');
