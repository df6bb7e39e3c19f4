import type { Message } from '../chat.ts';

type Reader = { language: string; user?: { timeZone: string | null } | undefined };

/**
 * Makes the last event of a reply once for all its readers who read the same language in the same time zone. The event is
 * kept as long as the message object that all of them were given.
 */
export function createLastEvents<Event>() {
  const made = new WeakMap<Message, Map<string, Promise<Event>>>();
  return {
    of(reader: Reader, message: Message, make: () => Promise<Event>): Promise<Event> {
      const key = `${reader.language} ${reader.user?.timeZone ?? ''}`;
      const known = made.get(message) ?? new Map<string, Promise<Event>>();
      made.set(message, known);
      const event = known.get(key) ?? make();
      known.set(key, event);
      return event;
    },
  };
}
