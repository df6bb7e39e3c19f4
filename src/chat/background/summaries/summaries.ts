import type { Actor } from '../../../lib/actor.ts';
import { excerpt } from '../../../lib/text.ts';
import type { Db } from '../../../platform/db/db.ts';
import type { BackgroundCalls } from '../background-call.ts';
import type { ConversationRow } from '../../store.ts';
import { createSummaryStore, type NewMessageRow } from './store.ts';

/** A summary is worth a call again after three more exchanges. */
const MIN_NEW_MESSAGES = 6;
/** What is read for it at most: the newest messages, and the beginning of each. */
const MAX_NEW_MESSAGES = 40;
const MAX_BEGINNING = 1500;
const MAX_SUMMARY = 1000;

const instructions =
  'Summarize the conversation below in at most three sentences, in its own language: what was asked, and what came of it. ' +
  'Where there is a summary of what went before, write one for both. Answer with the summary alone.';

type Deps = { db: Db; calls: BackgroundCalls };

/** Short summaries of conversations, kept up to date by a model in the background. */
export function createSummaries({ db, calls }: Deps) {
  const summaries = createSummaryStore(db);

  return {
    /** Summarises when enough was said since the last time. */
    async update(actor: Actor, { id, model }: ConversationRow): Promise<void> {
      const found = await summaries.find(id, actor.id);
      if (!found) return;
      const { summary: before, summary_message_id: covered, leaf_id: covers } = found;
      const since = { coveredId: covered, limit: MAX_NEW_MESSAGES, characters: MAX_BEGINNING };
      const messages = await summaries.listNew(covers, actor.id, since);
      if (messages.length < MIN_NEW_MESSAGES) return;
      if (!(await summaries.claim(id, actor.id, { covers, covered }))) return;
      const text = await calls.ask({
        purpose: 'summary',
        ownerId: actor.id,
        conversationId: id,
        model: model ?? undefined,
        turns: [
          { role: 'system', content: instructions },
          { role: 'user', content: transcript(before, messages) },
        ],
      });
      const summary = excerpt(text ?? '', MAX_SUMMARY);
      if (summary !== '') await summaries.setSummary(id, actor.id, { summary, covers, before });
    },
  };
}

export type Summaries = ReturnType<typeof createSummaries>;

function transcript(before: string | null, newestFirst: readonly NewMessageRow[]): string {
  const lines = newestFirst.map(
    ({ role, beginning }) => `${role === 'user' ? 'Question' : 'Answer'}: ${beginning}`,
  );
  const known = before ? [`Summary of what went before: ${before}`] : [];
  return [...known, ...lines.reverse()].join('\n\n');
}
