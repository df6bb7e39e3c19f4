import { createMarkdownStream, type MarkdownStream } from '../../lib/markdown/stream.ts';
import type { Message } from '../messages.ts';
import {
  deliver,
  htmlFrom,
  startOfOpenBlock,
  textFrom,
  type Format,
  type ReplyEvent,
  type Subscriber,
} from './subscribers.ts';

/** Reads the reply as it is stored, through its owner; undefined when it was deleted. */
export type Find = () => Promise<Message | undefined>;
export type Broadcast = {
  id: string;
  find: Find;
  text: string;
  /** How much of the text those subscribers of text have that are not behind. */
  sent: number;
  markdown: MarkdownStream | undefined;
  /** Whether the rendering has reached the text once; until then subscribers of HTML wait. */
  isDrawn: boolean;
  subscribers: Set<Subscriber>;
  dirty: boolean;
  lastSent: number;
  drawAfter: number;
  unsubscribe(): void;
};
/** Begins to render a text as far as it is. */
export function begin(broadcast: Broadcast): MarkdownStream {
  const markdown = createMarkdownStream();
  markdown.push(broadcast.text);
  broadcast.isDrawn = markdown.isCurrent();
  broadcast.dirty ||= !broadcast.isDrawn;
  return markdown;
}

/** Delivers events to the subscribers of a format that are not behind. */
export function deliverToAll(
  broadcast: Broadcast,
  format: Format | 'both',
  events: readonly ReplyEvent[],
): void {
  for (const subscriber of broadcast.subscribers)
    if (!subscriber.behind && (format === 'both' || subscriber.format === format))
      deliver(subscriber, events);
}

/** Sends what a subscriber lacks of that which the others have. */
export function catchUp(broadcast: Broadcast, subscriber: Subscriber): void {
  if (subscriber.format === 'text')
    return deliver(subscriber, textFrom(broadcast.text.slice(0, broadcast.sent), subscriber.position));
  if (!broadcast.markdown || !broadcast.isDrawn) return;
  if (subscriber.fresh) subscriber.position = startOfOpenBlock(broadcast.markdown, subscriber.position);
  subscriber.fresh = false;
  deliver(subscriber, htmlFrom(broadcast.markdown, subscriber.position));
}
