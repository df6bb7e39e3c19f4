import type { Actor } from '../../lib/actor.ts';
import type { Attachments } from '../../attachments/attachments.ts';
import { invalid, notFound } from '../../lib/errors.ts';
import type { Statement } from '../../platform/db/db.ts';
import { excerpt } from '../../lib/text.ts';
import type { ChatParameters, Effort } from '../../provider/provider.ts';
import type { ConversationStore } from './store.ts';
import { toConversation, toMessage, type Conversation, type Message } from '../messages.ts';
import { TEMPORARY_MS } from './temporary/store.ts';
import { statements, type ChatStore, type ConversationRow, type MessageRow } from '../store.ts';

export type ConversationChange = {
  title?: string | undefined;
  model?: string | null | undefined;
  systemPrompt?: string | null | undefined;
  summary?: string | null | undefined;
  parameters?: ChatParameters | undefined;
  /** Of the parameters these alone; null: none. */
  parameterChange?: { [Name in keyof ChatParameters]: ChatParameters[Name] | null } | undefined;
  pinned?: boolean | undefined;
  archived?: boolean | undefined;
};

/** A title fits one line of a list. */
const MAX_TITLE = 200;

/** Where a list of conversations goes on: after the one with this time and id. */
export type ConversationPlace = { updatedAt: number; id: string };
export type ConversationPage = { conversations: Conversation[]; next: ConversationPlace | undefined };

/** The page of a list for which one row more than `limit` was read, to see whether it goes on. */
export function pageOf(rows: readonly ConversationRow[], limit: number): ConversationPage {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    conversations: shown.map(toConversation),
    next: rows.length > shown.length && last ? { updatedAt: last.updated_at, id: last.id } : undefined,
  };
}

type Deps = {
  store: ChatStore;
  attachments: Pick<Attachments, 'listOfMessages'>;
  conversationStore: ConversationStore;
  now: () => number;
};

/** Conversations as things of their own: list, read, change, trash. */
export function createConversations({ store, attachments, conversationStore, now }: Deps) {
  async function getRow(actor: Actor, id: string): Promise<ConversationRow> {
    const row = await store.findConversation(id, actor.id);
    if (!row) throw notFound();
    return row;
  }

  /** A conversation, and the end of its current branch or of the one that leads through `at`. */
  const findLeaf = async (actor: Actor, id: string, at: string | undefined) =>
    leafOf(await getRow(actor, id), at);

  async function leafOf(
    row: ConversationRow,
    at: string | undefined,
  ): Promise<{ conversation: Conversation; leafId: string }> {
    const leafId = at ? await store.newestLeafBelow(at, row.id) : row.leaf_id;
    if (at && !leafId) throw notFound();
    return { conversation: toConversation(row), leafId: leafId ?? row.leaf_id };
  }

  return {
    /** The statements that make one with its root; nothing happens when the client id is known already. */
    insertions(
      actor: Actor,
      id: string,
      input: {
        title: string;
        isOwnTitle: boolean;
        model?: string | undefined;
        systemPrompt?: string | undefined;
        effort?: Effort | undefined;
        clientId?: string | undefined;
        isTemporary?: boolean | undefined;
      },
    ): [Statement, Statement] {
      const title = excerpt(input.title, MAX_TITLE);
      const at = now();
      const parameters = JSON.stringify({ effort: input.effort });
      const conversation = {
        sql: statements.insertConversation,
        params: [
          ...[id, actor.id, input.clientId ?? null, title, Number(input.isOwnTitle)],
          ...[input.model ?? null, input.systemPrompt ?? null, parameters, id],
          ...(input.isTemporary ? ['temporary', at + TEMPORARY_MS] : ['normal', null]),
          ...[at, at],
        ],
      };
      return [conversation, { sql: statements.insertRoot, params: [id] }];
    },

    /** The one just made, or the first one with the same client id. */
    async find(actor: Actor, id: string, clientId: string | undefined): Promise<Conversation> {
      const row = clientId
        ? await store.findByClientId(actor.id, clientId)
        : await store.findConversation(id, actor.id);
      if (!row) throw notFound();
      return toConversation(row);
    },

    get: async (actor: Actor, id: string): Promise<Conversation> => toConversation(await getRow(actor, id)),

    /** Newest first, paged by the last one's time and id. */
    async list(
      actor: Actor,
      page: { limit: number; after?: ConversationPlace | undefined },
    ): Promise<ConversationPage> {
      const after = page.after ?? { updatedAt: Number.MAX_SAFE_INTEGER, id: '' };
      const rows = await store.listConversations(actor.id, after, page.limit + 1);
      return pageOf(rows, page.limit);
    },

    findLeaf,
    /** The same of a conversation in the trash. @throws AppError `not_found`, also for one that is not there */
    async findDeletedLeaf(actor: Actor, id: string, at: string | undefined) {
      const row = await store.findDeleted(id, actor.id);
      if (!row) throw notFound();
      return leafOf(row, at);
    },

    /** Those that have a summary, newest first. */
    listSummaries: (actor: Actor, limit: number): Promise<{ id: string; summary: string }[]> =>
      store.listSummaries(actor.id, limit),

    /**
     * A conversation with the last `limit` messages of its current branch, oldest first; `at` picks the branch that
     * leads through that message.
     */
    async open(
      actor: Actor,
      id: string,
      view: { at?: string | undefined; limit: number },
    ): Promise<{ conversation: Conversation; messages: Message[] }> {
      const { conversation, leafId } = await findLeaf(actor, id, view.at);
      const branch = await store.branch(leafId, id, view.limit - 1);
      const siblings = await store.siblings(leafId, id, view.limit);
      const attached = await attachments.listOfMessages(actor.id, questionsOf(branch));
      return {
        conversation,
        messages: branch.map((row) => toMessage(row, siblings.get(row.parent_id), attached.get(row.id))),
      };
    },

    /** Writes what is given, and nothing else. @throws AppError `not_found`, `invalid` */
    async change(actor: Actor, id: string, change: ConversationChange): Promise<Conversation> {
      const title = change.title === undefined ? undefined : excerpt(change.title, MAX_TITLE);
      if (title === '') throw invalid('title', 'required');
      await conversationStore.change(id, actor.id, {
        ...change,
        title,
        parameters: change.parameters && JSON.stringify(change.parameters),
        parameterChange: patchOf(change.parameterChange),
      });
      return toConversation(await getRow(actor, id));
    },

    async remove(actor: Actor, id: string): Promise<void> {
      if ((await store.deleteConversation(id, actor.id, now())) === 0) throw notFound();
    },

    async restore(actor: Actor, id: string): Promise<Conversation> {
      if ((await store.restoreConversation(id, actor.id)) === 0) throw notFound();
      return toConversation(await getRow(actor, id));
    },
  };
}

/** Ids of the messages that may have attachments. */
export const questionsOf = (rows: readonly MessageRow[]) =>
  rows.filter(({ role }) => role === 'user').map(({ id }) => id);

export type Conversations = ReturnType<typeof createConversations>;

/** As JSON; undefined when it would change nothing. */
function patchOf(change: ConversationChange['parameterChange']): string | undefined {
  const patch = JSON.stringify(change ?? {});
  return patch === '{}' ? undefined : patch;
}
