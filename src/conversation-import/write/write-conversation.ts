import { setTimeout as wait } from 'node:timers/promises';
import type { Actor } from '../../lib/actor.ts';
import { isAppError } from '../../lib/errors.ts';
import type { NewId } from '../../lib/ids.ts';
import { excerpt, normalizeText, titleOf } from '../../lib/text.ts';
import type { Statement } from '../../platform/db/db.ts';
import type { ImportedConversation, ImportedMessage } from '../imported.ts';
import type { ImportStore, KnownConversation } from './store.ts';

/** A transaction holds up the streams of others, so it is small: whichever of the two is reached first. */
const STATEMENTS_AT_ONCE = 40;
const CHARACTERS_AT_ONCE = 100_000;
const MAX_TITLE = 200;
/** Another process may hold the database for a moment: tried again so often, so long apart. */
const BUSY_TRIES = 100;
const BUSY_WAIT_MS = 50;

type Outcome = 'added' | 'updated' | 'unchanged';
export type Written = {
  id: string;
  outcome: Outcome | 'in_trash';
  messageIds: ReadonlyMap<string, string>;
  /** Those that are shown, and those that are not. */
  newMessages: { shown: number; hidden: number };
};

type Parts = {
  messages: readonly ImportedMessage[];
  /** What is written in the first transaction, and in the last one. */
  before: readonly Statement[];
  after(): readonly Statement[];
};
type Deps = { store: ImportStore; newId: NewId; now: () => number };

/** Stores conversations with the messages that are not there yet, in transactions of bounded size. */
export function createConversationWriter({ store, newId, now }: Deps) {
  async function batch(list: readonly Statement[]): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        await store.batch(list);
        return;
      } catch (error) {
        if (!isAppError(error, 'busy') || tries === BUSY_TRIES) throw error;
        await wait(BUSY_WAIT_MS);
      }
    }
  }

  /** The conversation that was imported before, or from which this archive was made. */
  async function find(actor: Actor, from: ImportedConversation): Promise<KnownConversation | undefined> {
    const known = await store.find(actor.id, from.source, from.externalId);
    return known ?? (from.source === 'salon' ? store.findOwn(actor.id, from.externalId) : undefined);
  }

  async function writeMessages(
    ids: Map<string, string>,
    { id: conversationId, ownerId }: { id: string; ownerId: string },
    { messages, before, after }: Parts,
  ): Promise<Written['newMessages']> {
    let open = [...before];
    let characters = 0;
    const count = { shown: 0, hidden: 0 };
    for (const message of messages) {
      if (ids.has(message.externalId)) continue;
      const id = newId();
      ids.set(message.externalId, id);
      const parentId = message.parentId === null ? null : (ids.get(message.parentId) ?? null);
      const content = normalizeText(message.content);
      open.push(
        ...store.messageInsertion({ id, conversationId, ownerId, parentId }, { ...message, content }),
      );
      characters += content.length + (message.thinking?.text.length ?? 0);
      count[message.role === 'hidden' ? 'hidden' : 'shown'] += 1;
      if (open.length < STATEMENTS_AT_ONCE && characters < CHARACTERS_AT_ONCE) continue;
      await batch(open);
      open = [];
      characters = 0;
    }
    const rest = [...open, ...after()];
    if (rest.length > 0) await batch(rest);
    return count;
  }

  return {
    find,

    /**
     * Adds what is new of a conversation. Its end is marked once all is there, so that after a crash the next run goes on.
     * What its person changed here stays.
     */
    async write(actor: Actor, from: ImportedConversation): Promise<Written> {
      const known = await find(actor, from);
      if (known && known.deleted_at !== null)
        return {
          id: known.id,
          outcome: 'in_trash',
          messageIds: new Map(),
          newMessages: { shown: 0, hidden: 0 },
        };
      const title = excerpt(normalizeText(from.title), MAX_TITLE) || titleFrom(from);
      const place = { id: known?.id ?? newId(), ownerId: actor.id, title, now: now() };
      const rows = known ? await store.listMessages(known.id, actor.id) : [];
      const ids = new Map(rows.map(({ id, external_id: externalId }) => [externalId, id]));
      const before = known ? [] : store.insertion(place, from);
      const isNewer = (known?.external_updated_at ?? -1) < from.updatedAt;
      // With the last messages: a transaction of its own would take as long as all of a short conversation.
      const after = () => (isNewer ? [store.finish(place, endOf(from, ids, place.id))] : []);
      const newMessages = await writeMessages(ids, place, { messages: from.messages, before, after });
      const isUpdated =
        newMessages.shown + newMessages.hidden > 0 || (isNewer && typeof known?.external_id === 'string');
      return {
        id: place.id,
        outcome: known ? (isUpdated ? 'updated' : 'unchanged') : 'added',
        messageIds: ids,
        newMessages,
      };
    },

    batch,

    /** Links a conversation with the one that it goes on from, where that is here. */
    linkOrigin: ({ id: ownerId }: Actor, id: string, from: { source: string; externalId: string }) =>
      batch([store.linkOrigin(id, ownerId, from)]),
  };
}

export type ConversationWriter = ReturnType<typeof createConversationWriter>;

function titleFrom({ messages }: ImportedConversation): string {
  const first = messages.find(({ role, content }) => role === 'user' && content !== '');
  return first ? titleOf(normalizeText(first.content)) : '';
}

/** The end of the branch that is shown; where the archive names none, the message that was made last. */
function endOf(from: ImportedConversation, ids: ReadonlyMap<string, string>, rootId: string) {
  const newest = from.messages.filter(({ role }) => role !== 'hidden').at(-1);
  const leaf = from.currentId === undefined ? newest?.externalId : from.currentId;
  return {
    updatedAt: from.updatedAt,
    leafId: ids.get(leaf ?? '') ?? rootId,
    summaryMessageId: from.summaryMessageId === null ? null : (ids.get(from.summaryMessageId) ?? null),
  };
}
