import { readEvents, type ServerEvent } from '../support/events.ts';
import { waitFor } from '../support/wait.ts';

type Options = Omit<Parameters<typeof readEvents>[1], 'until'> & {
  until?: (event: ServerEvent, all: ServerEvent[]) => boolean;
};

/** Opens `GET /events` and reads on. `seen` grows meanwhile; `reading` resolves when the stream is over or `until` says so. */
export function followAll(url: string, query: string, options: Options) {
  const seen: ServerEvent[] = [];
  const reading = readEvents(`${url}/events?${query}`, {
    ...options,
    until: (event, all) => {
      seen.push(event);
      return options.until?.(event, all) ?? false;
    },
  });
  // One that a test leaves open is cut when the server closes.
  reading.catch(() => undefined);
  return {
    seen,
    reading,
    has: (matches: (event: ServerEvent) => boolean) => waitFor(() => seen.find(matches)),
    of: (id: string) => seen.filter(({ data }) => data['for'] === id),
  };
}

export type MessageEvent = {
  message: { id: string; role: string; content: string; status?: string };
  html: string;
};

/** The messages that events told about, as `role: content`. */
export const told = (events: readonly ServerEvent[]) =>
  events
    .filter(({ event }) => event === 'message')
    .map(({ data }) => (data as unknown as MessageEvent).message)
    .map(({ role, content, status }) => `${role} ${status ?? 'said'}: ${content}`);
