import type { Actor } from '../../lib/actor.ts';
import type { Db } from '../../platform/db/db.ts';
import type { Log } from '../../platform/log.ts';
import type { Provider } from '../../provider/provider.ts';
import type { ChatStore } from '../store.ts';
import { createSummaries } from './summaries/summaries.ts';
import { createTitles } from './titles/titles.ts';
import { createBackgroundCalls } from './background-call.ts';

type Deps = {
  db: Db;
  store: ChatStore;
  provider: Pick<Provider, 'connection' | 'chat' | 'models'>;
  /** By the settings of the server. */
  isOn: boolean;
  onTitle(conversationId: string, title: string): void;
  log: Log;
  now: () => number;
};

/** What is done once an answer has ended and nothing of its person runs or waits: a title, a summary. */
export function createAfterReply(deps: Deps) {
  const { db, store, provider, isOn, onTitle, log, now } = deps;
  const calls = createBackgroundCalls({ provider, log });
  const titles = createTitles({ db, store, calls, now });
  const summaries = createSummaries({ db, calls });
  const running = new Set<Promise<void>>();

  async function work(actor: Actor, replyId: string): Promise<void> {
    const reply = await store.findMessage(replyId, actor.id);
    if (!reply || reply.status !== 'complete' || reply.content.trim() === '') return;
    if ((await store.countActive(actor.id)) > 0) return;
    const conversation = await store.findConversation(reply.conversation_id, actor.id);
    if (!conversation) return;
    const title = await titles.write(actor, conversation, reply);
    if (title !== undefined) onTitle(conversation.id, title);
    await summaries.update(actor, conversation);
  }

  return {
    /** Returns at once. The demo model, which answers by rules, is not asked. */
    begin(actor: Actor, replyId: string): void {
      if (!isOn || provider.connection().kind !== 'server') return;
      const done = work(actor, replyId)
        .catch((error: unknown) =>
          log.error('background work failed', { reply: replyId, cause: String(error) }),
        )
        .finally(() => running.delete(done));
      running.add(done);
    },
    async close(): Promise<void> {
      calls.close();
      await Promise.all(running);
    },
  };
}
