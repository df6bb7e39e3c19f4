import { isAppError } from '../lib/errors.ts';
import type { Metrics } from '../platform/metrics.ts';
import type { Provider } from './provider.ts';

type Kind = 'chat' | 'image';

/** The same provider, with time, first token, tokens and errors of each call observed. */
export function measureProvider(provider: Provider, metrics: Metrics): Provider {
  async function timed<T>(kind: Kind, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const begun = performance.now();
    const end = (outcome: string) => metrics.upstream({ kind, outcome }, (performance.now() - begun) / 1000);
    try {
      const result = await work();
      end('complete');
      return result;
    } catch (error) {
      end(signal.aborted ? 'stopped' : 'failed');
      if (!signal.aborted) metrics.upstreamError(isAppError(error) ? error.code : 'internal');
      throw error;
    }
  }
  return {
    ...provider,
    chat: (request, call) =>
      timed('chat', call.signal, async () => {
        const begun = performance.now();
        let isFirst = true;
        const outcome = await provider.chat(request, {
          ...call,
          onText(piece) {
            if (isFirst) metrics.firstToken((performance.now() - begun) / 1000);
            isFirst = false;
            call.onText(piece);
          },
        });
        metrics.tokens('prompt', outcome.usage.promptTokens);
        metrics.tokens('completion', outcome.usage.completionTokens);
        return outcome;
      }),
    image: (request, call) => timed('image', call.signal, () => provider.image(request, call)),
  };
}
