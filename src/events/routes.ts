import type { Request } from 'express';
import { AppError, isAppError } from '../lib/errors.ts';
import { userOf } from '../web/context.ts';
import { toAppError } from '../web/errors.ts';
import { topicError, type Topic, type TopicEvent, type TopicSubscription } from '../web/event-topic.ts';
import { hasScope } from '../web/guards.ts';
import { textOf } from '../web/validation.ts';
import { createRoutes, type Routes } from '../web/routes.ts';
import type { EventStream, EventStreams } from '../web/sse.ts';
import { formatEventId, leadsNowhere, readFollowed, type Followed } from './followed.ts';

type Deps = { streams: EventStreams; topics: readonly Topic[] };

/** One stream for everything that a browser follows. */
export function eventRoutes({ streams, topics }: Deps): Routes {
  const routes = createRoutes();

  routes.get('/events', { who: 'user' }, async (req, res) => {
    assertDrawnFor(req);
    const followed = readFollowed(req.query, topics, lastEventIdOf(req));
    const stream = streams.open(req, res);
    const isClosed = () => stream.closed;
    const subscriptions = new Set<TopicSubscription>();
    stream.onClose(() => subscriptions.forEach((one) => one.close()));
    stream.onDrain(() => subscriptions.forEach((one) => one.resume?.()));
    const positions = followed.map(({ position }) => position);
    for (const [at, one] of followed.entries()) {
      if (isClosed()) return;
      const subscription = await open(req, one, senderTo(stream, positions, at));
      if (!subscription) continue;
      if (isClosed()) return subscription.close();
      subscriptions.add(subscription);
      positions[at] ??= subscription.position;
    }
    // An id without an event: a reader that loses the connection before the first event resumes from here.
    stream.write(`id: ${formatEventId(positions)}\n\n`);
  });

  return routes;
}

/** Starts to follow one thing; undefined when there is no such thing for this reader. */
async function open(
  req: Request,
  { kind: topic, id, position, isResumed }: Followed<Topic>,
  send: (events: readonly TopicEvent[]) => boolean,
): Promise<TopicSubscription | undefined> {
  if (leadsNowhere({ id }) || (topic.scope !== undefined && !hasScope(req, topic.scope))) return undefined;
  try {
    return await topic.open({ req, id, position, isResumed, send });
  } catch (error) {
    if (!isAppError(error, 'not_found')) send([topicError(req, id, toAppError(error))]);
    return undefined;
  }
}

/** What writes the events of one followed thing, with the positions of all of them in the event id. */
function senderTo(stream: EventStream, positions: (string | undefined)[], at: number) {
  return (events: readonly TopicEvent[]): boolean => {
    let text = '';
    for (const { event, data, position } of events) {
      if (position !== undefined) {
        positions[at] = position;
        text += `id: ${formatEventId(positions)}\n`;
      }
      text += `event: ${event}\ndata: ${data}\n\n`;
    }
    return stream.write(text);
  };
}

/** @throws AppError `unauthorized` when the page that asks was drawn for somebody who is not the one signed in now */
function assertDrawnFor(req: Request): void {
  const drawnFor = textOf(req.query, 'user');
  if (drawnFor !== undefined && drawnFor !== userOf(req).id) throw new AppError('unauthorized');
}

function lastEventIdOf(req: Request): string | undefined {
  const value = req.headers['last-event-id'];
  return typeof value === 'string' ? value : undefined;
}
