import type { Attachments } from '../../attachments/attachments.ts';
import type { Actor } from '../../lib/actor.ts';
import { titleOf } from '../../lib/text.ts';
import type { Db } from '../../platform/db/db.ts';
import { questionsOf, type Conversations } from '../conversations/conversations.ts';
import { toMessage, type Conversation, type Message } from '../messages.ts';
import type { Branch } from '../outline/outline.ts';
import type { Outlines } from '../outline/outlines.ts';
import type { StoredHtml } from '../rendered/store.ts';
import { listMessages } from './store.ts';

export type DocumentMessage = { message: Message; stored: StoredHtml | undefined };
export type ConversationDocument = {
  conversation: Conversation;
  /** The questions of the branch, oldest first; `heading` is one line, '' for a question without words. */
  questions: { id: string; heading: string }[];
  /** All messages of the branch, oldest first, a few at a time. */
  parts(): AsyncGenerator<DocumentMessage[]>;
};

/** So much is in memory at once, however long the conversation is: messages, and bytes of text unless one has more. */
const PART = { messages: 20, bytes: 200_000 };
const HEADING_CHARACTERS = 100;

type Deps = {
  db: Db;
  attachments: Pick<Attachments, 'listOfMessages'>;
  conversations: Pick<Conversations, 'findLeaf' | 'findDeletedLeaf'>;
  outlines: Outlines;
};

/**
 * Opens one branch of a conversation to be read from its first message to its last: the branch through the message `at`, or the
 * current one. @param place `isDeleted`: of a conversation in the trash
 * @throws AppError `not_found`, also for a message that is not in the conversation
 */
export function createDocuments({ db, attachments, conversations, outlines }: Deps) {
  return async (
    actor: Actor,
    id: string,
    { at, isDeleted = false }: { at: string | undefined; isDeleted?: boolean },
  ): Promise<ConversationDocument> => {
    const find = isDeleted ? conversations.findDeletedLeaf : conversations.findLeaf;
    const { conversation, leafId } = await find(actor, id, at);
    const branch = (await outlines(id, actor.id)).branchTo(leafId);

    async function* parts(): AsyncGenerator<DocumentMessage[]> {
      for (const ids of partsOf(branch)) {
        const rows = await listMessages(db, ids, { conversationId: id, ownerId: actor.id });
        const attached = await attachments.listOfMessages(actor.id, questionsOf(rows));
        yield rows.map((row) => ({
          message: toMessage(row, [], attached.get(row.id)),
          stored:
            row.source_length === null ? undefined : { sourceLength: row.source_length, html: row.html },
        }));
      }
    }

    const questions = branch
      .filter(({ role }) => role === 'user')
      .map(({ id: questionId, beginning }) => ({
        id: questionId,
        heading: titleOf(beginning, HEADING_CHARACTERS),
      }));
    return { conversation, questions, parts };
  };
}

/** Ids of the messages of each part. */
function* partsOf(branch: Branch): Generator<string[]> {
  let [ids, bytes]: [string[], number] = [[], 0];
  for (const entry of branch) {
    if (ids.length >= PART.messages || (ids.length > 0 && bytes + entry.bytes > PART.bytes)) {
      yield ids;
      [ids, bytes] = [[], 0];
    }
    ids.push(entry.id);
    bytes += entry.bytes;
  }
  if (ids.length > 0) yield ids;
}
