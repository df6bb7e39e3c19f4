import type { Bus } from './bus.ts';

/** The bus of one process: listeners are called at once, in the order in which they came. */
export function createMemoryBus(): Bus {
  const channels = new Map<string, Set<(message: never) => void>>();
  return {
    publish(channel, message) {
      for (const listener of channels.get(channel) ?? []) listener(message as never);
    },
    subscribe(channel, listener) {
      const listeners = channels.get(channel) ?? new Set();
      channels.set(channel, listeners.add(listener));
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0 && channels.get(channel) === listeners) channels.delete(channel);
      };
    },
  };
}
