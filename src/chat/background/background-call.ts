import { withDeadline } from '../../lib/deadline.ts';
import { AppError, isAppError } from '../../lib/errors.ts';
import type { Log } from '../../platform/log.ts';
import type { ChatTurn, Provider } from '../../provider/provider.ts';
import { smallestModel } from './smallest-model.ts';

/** Nobody waits for it, but nobody should see its result minutes later either. */
const LIMIT_MS = 30_000;
/** What is asked for is short: a model that goes on and on is stopped. */
const MAX_CHARACTERS = 6000;

type Deps = { provider: Pick<Provider, 'chat' | 'models'>; log: Log };
type Asked = {
  purpose: 'title' | 'summary';
  ownerId: string;
  conversationId: string;
  /** Of the conversation; undefined: the default one. */
  model: string | undefined;
  turns: ChatTurn[];
};

/**
 * Short calls that nobody asked for, of the smallest model that will do: no effort, no limit that thinking could use up, one
 * try. They never wait in a queue, where they would be in the way of what people asked.
 */
export function createBackgroundCalls({ provider, log }: Deps) {
  const closing = new AbortController();

  return {
    /** @returns the text; undefined when there is none, for whatever reason */
    async ask({ purpose, ownerId, conversationId, model, turns }: Asked): Promise<string | undefined> {
      const { models, defaultChat } = provider.models();
      const named = model ?? defaultChat;
      const stop = new AbortController();
      const giveUp = () => stop.abort(new AppError('stopped'));
      let text = '';
      try {
        const request = {
          model: named === undefined ? undefined : smallestModel(named, models),
          turns,
          parameters: { effort: 'fast' as const },
          account: {
            ownerId,
            authMethod: 'system' as const,
            keyId: null,
            purpose,
            subjectId: conversationId,
          },
        };
        const onText = (piece: string) => {
          text += piece;
          if (text.length > MAX_CHARACTERS) giveUp();
        };
        await withDeadline(LIMIT_MS, closing.signal, (limit) =>
          provider.chat(request, {
            signal: AbortSignal.any([limit, stop.signal]),
            onText,
            onWaiting: giveUp,
          }),
        );
        return text.trim() === '' ? undefined : text;
      } catch (error) {
        const code = isAppError(error) ? error.code : String(error);
        log.info('background call failed', { purpose, conversation: conversationId, code });
        return undefined;
      }
    },
    close: () => closing.abort(new AppError('stopped')),
  };
}

export type BackgroundCalls = ReturnType<typeof createBackgroundCalls>;
