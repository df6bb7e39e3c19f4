import type { Actor } from '../../../lib/actor.ts';
import { notFound } from '../../../lib/errors.ts';
import { compareTexts, type TextComparison } from '../../../lib/text-comparison/compare-texts.ts';
import type { Db } from '../../../platform/db/db.ts';
import type { Conversations } from '../../conversations/conversations.ts';
import type { Exchanges } from '../../questions/exchanges.ts';
import type { Conversation, Message } from '../../messages.ts';
import type { ChatStore } from '../../store.ts';
import { findVersions, type VersionRow } from './store.ts';

export type Comparison = {
  conversation: Conversation;
  /** All that can be chosen from, the oldest first. */
  versions: VersionRow[];
  one: Message;
  other: Message;
  /** null: the texts are too long to be compared. */
  passages: TextComparison | null;
};

type Deps = {
  db: Db;
  store: Pick<ChatStore, 'findMessage'>;
  conversations: Conversations;
  exchanges: Pick<Exchanges, 'withSiblings'>;
};

/**
 * Compares two versions of a message: answers to one question, or questions in one place. Without `otherId` it is the
 * version before it, or for the first one the version after it.
 * @throws AppError `not_found` for messages that are not there, or are not versions of one
 */
export function createComparison({ db, store, conversations, exchanges }: Deps) {
  async function get(actor: Actor, id: string): Promise<Message> {
    const row = await store.findMessage(id, actor.id);
    if (!row) throw notFound();
    return exchanges.withSiblings(row);
  }

  return async (
    actor: Actor,
    conversationId: string,
    { oneId, otherId }: { oneId: string; otherId: string | undefined },
  ): Promise<Comparison> => {
    const { conversation } = await conversations.findLeaf(actor, conversationId, undefined);
    const versions = await findVersions(db, oneId, conversationId, actor.id);
    const at = versions.findIndex(({ id }) => id === oneId);
    const chosen = otherId ?? (versions[at - 1] ?? versions[at + 1])?.id;
    if (chosen === undefined || !versions.some(({ id }) => id === chosen)) throw notFound();
    const [one, other] = [await get(actor, oneId), await get(actor, chosen)];
    return { conversation, versions, one, other, passages: compareTexts(one.content, other.content) ?? null };
  };
}
