import type { Bus } from './bus.ts';

type Listener = (message: unknown) => void;

/** The bus of one process: listeners are called at once, in the order in which they came. */
export function createMemoryBus(): Bus {
  const channels = new Map<string, Set<Listener>>();
  return {
    publish({ name }, message) {
      for (const listener of channels.get(name) ?? []) listener(message);
    },
    subscribe({ name }, listener) {
      const listeners = channels.get(name) ?? new Set();
      // The channel's type is the promise that only its messages come under this name.
      channels.set(name, listeners.add(listener as Listener));
      return () => {
        listeners.delete(listener as Listener);
        if (listeners.size === 0 && channels.get(name) === listeners) channels.delete(name);
      };
    },
  };
}
