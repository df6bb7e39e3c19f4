import type { Attachments } from '../../../attachments/attachments.ts';
import type { Actor } from '../../../lib/actor.ts';
import { AppError, notFound } from '../../../lib/errors.ts';
import type { NewId } from '../../../lib/ids.ts';
import { excerpt } from '../../../lib/text.ts';
import type { Db } from '../../../platform/db/db.ts';
import type { Conversations } from '../../conversations/conversations.ts';
import { isLive, type Conversation } from '../../messages.ts';
import type { ChatStore } from '../../store.ts';
import { copyMessages } from './copy-messages.ts';
import { createForkStore, type PathRow } from './store.ts';

/** As many as a client is given of a conversation. */
const MAX_MESSAGES = 10_000;
const MAX_TITLE = 200;
/** A copy that is not whole by then is removed: its process ended. The longest one takes some seconds. */
const LIMIT_MS = 10 * 60_000;

export type NewFork = {
  /** The last message that is copied; left out: the end of the current branch. */
  messageId?: string | undefined;
  title: string;
  /** Typed by the person. */
  isOwnTitle: boolean;
  /** A repeat with the same one finds the first conversation. */
  clientId?: string | undefined;
};
type Running = { key: string; work: Promise<Conversation> };
type Deps = {
  db: Db;
  store: Pick<ChatStore, 'findByClientId'>;
  attachments: Pick<Attachments, 'copying'>;
  conversations: Pick<Conversations, 'findLeaf' | 'get'>;
  newId: NewId;
  now: () => number;
};

/** Branches copied into conversations of their own. */
export function createForks({ db, store, attachments, conversations, newId, now }: Deps) {
  const forks = createForkStore(db);
  const running = new Map<string, Running>();

  /** The messages to copy, oldest first: up to the last answer that is finished. */
  async function readPath(actor: Actor, sourceId: string, messageId: string | undefined): Promise<PathRow[]> {
    const { leafId } = await conversations.findLeaf(actor, sourceId, undefined);
    const path = await forks.path(messageId ?? leafId, sourceId, actor.id, MAX_MESSAGES);
    if (messageId !== undefined && path.length === 0) throw notFound();
    if (path.length > MAX_MESSAGES) throw new AppError('fork_too_long', { params: { limit: MAX_MESSAGES } });
    const finished = finishedPart(path);
    if (finished.length === 0) throw new AppError('fork_empty');
    return finished;
  }

  async function copy(actor: Actor, sourceId: string, input: NewFork): Promise<Conversation> {
    const { clientId = null, isOwnTitle } = input;
    const path = await readPath(actor, sourceId, input.messageId);
    const id = newId();
    const begun = now();
    const title = excerpt(input.title, MAX_TITLE);
    const fork = { id, sourceId, ownerId: actor.id, title, isOwnTitle, now: begun, until: begun + LIMIT_MS };
    await forks.batch(forks.beginning(fork));
    try {
      const leafId = await copyMessages({ forks, attachments, newId }, { id, ownerId: actor.id }, path);
      await forks.finish(id, actor.id, { leafId, clientId, now: now() });
    } catch (error) {
      await forks.giveUp(id, actor.id, now());
      throw error;
    }
    return conversations.get(actor, id);
  }

  return {
    /**
     * Copies the messages on the way from the first one to `messageId` into a new conversation of the same owner. An answer
     * that is being written is left out with its question. A long branch is copied in steps, and seen when it is whole.
     * @throws AppError `not_found`; `fork_empty` when no answer is finished; `fork_too_long`; `busy` while another copy of
     * the same person is being made
     */
    async fork(actor: Actor, sourceId: string, input: NewFork): Promise<Conversation> {
      const known = input.clientId ? await store.findByClientId(actor.id, input.clientId) : undefined;
      if (known) return conversations.get(actor, known.id);
      const key = `${sourceId} ${input.messageId ?? ''} ${input.clientId ?? ''}`;
      const current = running.get(actor.id);
      if (current && current.key === key && input.clientId) return current.work;
      if (current) throw new AppError('busy', { retryAfterSeconds: 2 });
      const work = copy(actor, sourceId, input).finally(() => running.delete(actor.id));
      running.set(actor.id, { key, work });
      return work;
    },
  };
}

export type Forks = ReturnType<typeof createForks>;

function finishedPart(path: readonly PathRow[]): PathRow[] {
  const first = path.findIndex(({ status }) => isLive(status));
  // Above an answer stands its question.
  return path.slice(0, first < 0 ? path.length : Math.max(0, first - 1));
}
