import type { Actor } from '../../../lib/actor.ts';
import { titleOf } from '../../../lib/text.ts';
import type { Db } from '../../../platform/db/db.ts';
import type { BackgroundCalls } from '../background-call.ts';
import type { ChatStore, ConversationRow, MessageRow } from '../../store.ts';
import { createTitleStore } from './store.ts';

/** One line of a list. */
const MAX_TITLE = 80;
/** A conversation that has come further keeps the title that it has. */
const MAX_SEQ = 12;
/** So much of the question and of its answer tells what they are about. */
const MAX_EXCERPT = 2000;

const instructions =
  'Write a title for the conversation below: three to six words that say what it is about, in the language of the question. ' +
  'Answer with the title alone, without quotation marks and without a full stop.';

type Deps = { db: Db; store: ChatStore; calls: BackgroundCalls; now: () => number };

/** Titles of new conversations, made by a model after the first answer; until then, and without one, the question stands there. */
export function createTitles({ db, store, calls, now }: Deps) {
  const titles = createTitleStore(db);

  return {
    /** Asks for a title, once. @returns the new title, when there is one */
    async write(actor: Actor, conversation: ConversationRow, reply: MessageRow): Promise<string | undefined> {
      if (conversation.title_is_own || reply.seq > MAX_SEQ) return undefined;
      const [question, answer] = await store.branch(reply.id, conversation.id, MAX_SEQ);
      if (!question || !answer?.content.trim()) return undefined;
      if (!(await titles.claim(conversation.id, actor.id, now()))) return undefined;
      const text = await calls.ask({
        purpose: 'title',
        ownerId: actor.id,
        conversationId: conversation.id,
        model: conversation.model ?? reply.model ?? undefined,
        turns: [
          { role: 'system', content: instructions },
          {
            role: 'user',
            content: `Question: ${start(question) || conversation.title}\n\nAnswer: ${start(answer)}`,
          },
        ],
      });
      const title = cleanTitle(text ?? '');
      if (title === '' || !(await titles.setTitle(conversation.id, actor.id, title))) return undefined;
      return title;
    },
  };
}

export type Titles = ReturnType<typeof createTitles>;

const start = ({ content }: MessageRow) => content.slice(0, MAX_EXCERPT);

/** One line without what models put around a title; '' when nothing is left. */
export function cleanTitle(text: string): string {
  return titleOf(text, MAX_TITLE)
    .replace(/^(title|titel)\s*:\s*/i, '')
    .replace(/^["'“”„«»‘’`*\s]+|["'“”„«»‘’`*\s.]+$/gu, '');
}
