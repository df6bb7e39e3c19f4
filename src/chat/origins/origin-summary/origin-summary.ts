import type { Actor } from '../../../lib/actor.ts';
import { invalid, notFound } from '../../../lib/errors.ts';
import type { Db } from '../../../platform/db/db.ts';
import type { Conversations } from '../../conversations/conversations.ts';
import { changeOriginSummary, findOriginSummary } from '../continuations/store.ts';
import { MAX_SUMMARY } from '../continuations/write-summary.ts';

type Deps = { db: Db; conversations: Pick<Conversations, 'get'> };

/** A summary as it is stored. @throws AppError `invalid` for one that is blank or too long */
export function requireSummary(typed: string): string {
  const summary = typed.trim();
  if (summary === '') throw invalid('summary', 'required');
  if (summary.length > MAX_SUMMARY) throw invalid('summary', 'too_long', { max: MAX_SUMMARY });
  return summary;
}

/** The summary that a conversation goes on from: an instruction of that conversation, which its person may change. */
export function createOriginSummaries({ db, conversations }: Deps) {
  return {
    /** With the title of the conversation. @throws AppError `not_found`, also where it goes on from no summary */
    async get(actor: Actor, id: string): Promise<{ title: string; summary: string }> {
      const { title } = await conversations.get(actor, id);
      const summary = await findOriginSummary(db, id, actor.id);
      if (summary === null) throw notFound();
      return { title, summary };
    },

    /** Models are sent it from the next answer on. @throws AppError `invalid`; `not_found` as `get` */
    async change(actor: Actor, id: string, typed: string): Promise<string> {
      const summary = requireSummary(typed);
      if (!(await changeOriginSummary(db, id, actor.id, summary))) throw notFound();
      return summary;
    },
  };
}
