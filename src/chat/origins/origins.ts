import type { Actor } from '../../lib/actor.ts';
import { createContinuations } from './continuations/continuations.ts';
import { findOriginSummary } from './continuations/store.ts';
import { createForks } from './forks/forks.ts';
import type { Conversation } from '../messages.ts';
import type { OriginKind } from '../store.ts';
import { createOriginSummaries } from './origin-summary/origin-summary.ts';
import { createOriginStore, type LinkedRow } from './store.ts';

/** More are not named beside a conversation. */
const MAX_DERIVED = 50;

/** A conversation at the other end of a link; without an id it was deleted permanently. */
export type LinkedConversation = {
  id: string | null;
  title: string;
  kind: OriginKind;
  isInTrash: boolean;
};
export type ConversationLinks = {
  origin: LinkedConversation | null;
  /** What models are sent of what it goes on from. */
  summary: string | null;
  derived: LinkedConversation[];
};
type Deps = Parameters<typeof createForks>[0] & Parameters<typeof createContinuations>[0];

/** Conversations that come from others: forks, continuations of a summary, and the links between them. */
export function createOrigins(deps: Deps) {
  const { db } = deps;
  const store = createOriginStore(db);

  async function findOrigin(actor: Actor, { id, origin }: Conversation): Promise<LinkedConversation | null> {
    if (!origin) return null;
    const row = origin.conversationId === null ? undefined : await store.find(id, actor.id);
    return row ? toLinked(row) : { id: null, title: '', kind: origin.kind, isInTrash: false };
  }

  return {
    fork: createForks(deps).fork,
    continuations: createContinuations(deps),
    originSummaries: createOriginSummaries(deps),

    /** Both ends: what a conversation of one's own goes on from, and what goes on from it, newest first. */
    linksOf: async (actor: Actor, conversation: Conversation): Promise<ConversationLinks> => ({
      origin: await findOrigin(actor, conversation),
      summary: conversation.origin && (await findOriginSummary(db, conversation.id, actor.id)),
      derived: (await store.listDerived(conversation.id, actor.id, MAX_DERIVED)).map(toLinked),
    }),
  };
}

const toLinked = (row: LinkedRow): LinkedConversation => ({
  id: row.id,
  title: row.title,
  kind: row.origin_kind,
  isInTrash: row.deleted_at !== null,
});
