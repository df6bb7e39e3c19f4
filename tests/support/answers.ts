import type { Person } from './chat.ts';
import type { ServerEvent } from './events.ts';
import { waitFor } from './wait.ts';

type FollowOptions = NonNullable<Parameters<Person['follow']>[1]>;

/** Waits until readers have the text of an answer up to `ending`; without one, until they have any of it. */
export async function untilText(person: Person, replyId: string, ending = ''): Promise<void> {
  let text = '';
  const { events } = await person.follow(replyId, {
    query: '?format=text',
    until: ({ event, data }) => event === 'delta' && (text += String(data['text'])).endsWith(ending),
  });
  if (events.at(-1)?.event !== 'delta' || !text.endsWith(ending))
    throw new Error(`readers have "${text.slice(-200)}", which does not end with "${ending}"`);
}

/** Waits until some of an answer's text is stored. */
export const untilStored = (person: Person, conversationId: string, replyId: string) =>
  waitFor(async () => ((await person.find(conversationId, replyId))?.content ?? '') !== '');

/** Follows an answer, and tells meanwhile how far the reader is, so that nobody has to guess by the clock. */
export function followLive(person: Person, replyId: string, options: FollowOptions = {}) {
  const seen: ServerEvent[] = [];
  const reading = person.follow(replyId, {
    ...options,
    until: (event, all) => {
      seen.push(event);
      return options.until?.(event, all) ?? false;
    },
  });
  return {
    /** All events, when the stream is over. */
    reading,
    /** The stream is open: what the model says from now on reaches this reader as it comes. */
    begun: () => waitFor(() => seen.length > 0),
    /** The reader has the answer up to this position. */
    has: (position: number) =>
      waitFor(() => Number(seen.findLast(({ id }) => id !== undefined)?.id ?? 0) >= position),
  };
}
