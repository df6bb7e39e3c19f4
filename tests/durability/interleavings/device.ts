import { randomUUID } from 'node:crypto';
import {
  joinedText,
  personAt,
  type Answer,
  type ConversationJson,
  type ExchangeJson,
  type MessageJson,
  type Person,
} from '../../support/chat.ts';
import type { ServerEvent } from '../../support/events.ts';

export const actions = [
  'send',
  'edit',
  'regenerate',
  'stop',
  'continue',
  'repeat',
  'change',
  'withdraw',
  'sendNow',
  'look',
] as const;
export type Action = (typeof actions)[number];

/** A question as the device knows it. `contents`: what it may say, since a change may not have been answered. */
export type Sent = {
  path: string;
  clientId: string;
  contents: string[];
  /** Under which message it belongs, null at the top; undefined where the device did not say. */
  parentId: string | null | undefined;
  answer?: ExchangeJson;
  /** Taken back; `unknown` when the server died before it answered that. */
  withdrawn: 'no' | 'yes' | 'unknown';
  /** On its way, or being taken back: both at once may end either way. */
  isBusy: boolean;
};
/** What one reader of a reply was told, over all its connections. */
export type Reading = { replyId: string; events: ServerEvent[]; open: Promise<void> };

/** What all devices know together. */
export type Record = {
  sent: Sent[];
  regenerated: { replyId: string; questionId: string | null }[];
  readings: Reading[];
  /** Answers that no rule allows. */
  odd: string[];
};

/** Lost races, a question that was taken back meanwhile, and what a form may not do in this state. */
const allowed = [200, 201, 204, 404, 409, 422];
const answers = ['n=3', 'n=12 tps=150', 'n=30 tps=60', 'n=5 tps=80 die=3', 'n=8 tps=100 ttft=80'];

/** One open tab or phone: acts on what it saw last, which others may have changed long ago. */
export function createDevice(conversationId: string, cookie: string, record: Record) {
  let person: Person | undefined;
  let view: MessageJson[] = [];

  const at = <T>(list: readonly T[], pick: number): T | undefined => list[pick % Math.max(1, list.length)];
  const questions = () => view.filter(({ role }) => role === 'user');
  const replies = () => view.filter(({ role }) => role === 'assistant');

  /** @returns undefined when the server died before it answered */
  async function request<T>(method: string, path: string, body?: object): Promise<Answer<T> | undefined> {
    const answer = await person?.call<T>(method, path, body).catch(() => undefined);
    if (answer && !allowed.includes(answer.status))
      record.odd.push(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer;
  }

  /** @returns the body of a success; undefined for a refusal, and when the server died before it answered */
  async function call<T>(method: string, path: string, body?: object): Promise<T | undefined> {
    const answer = await request<T>(method, path, body);
    return answer && answer.status < 300 ? answer.body : undefined;
  }

  async function deliver(sent: Sent): Promise<void> {
    const isSend = sent.path.endsWith('/messages');
    const parent = isSend && sent.parentId ? { parent_id: sent.parentId } : {};
    const answer = await call<ExchangeJson>('POST', sent.path, {
      content: sent.contents[0],
      client_id: sent.clientId,
      ...parent,
    });
    if (!answer) return;
    if (sent.answer && sent.answer.message.id !== answer.message.id)
      record.odd.push(`the repeat of ${sent.clientId} became another message`);
    sent.answer ??= answer;
    const above = view.findIndex((message) => message.id === answer.message.parent_id);
    view = [...view.slice(0, above + 1), answer.message, answer.reply];
    read(answer.reply.id);
  }

  const newSent = (path: string, pick: number, parentId: string | null | undefined): Sent => {
    const contents = [`question ${record.sent.length} [[${at(answers, pick) ?? ''}]]`];
    const sent = {
      path,
      clientId: randomUUID(),
      contents,
      parentId,
      withdrawn: 'no' as const,
      isBusy: false,
    };
    record.sent.push(sent);
    return sent;
  };

  /** Reads a reply until it is over or the connection breaks. */
  function read(replyId: string): void {
    const reading: Reading = { replyId, events: [], open: Promise.resolve() };
    record.readings.push(reading);
    reading.open = follow(reading);
  }

  async function follow(reading: Reading): Promise<void> {
    const lastEventId = reading.events.findLast(({ event }) => event === 'delta')?.id;
    await person
      ?.follow(reading.replyId, {
        query: '?format=text',
        ...(lastEventId === undefined ? {} : { lastEventId }),
        until: (event) => {
          reading.events.push(event);
          return event.event === 'done' || event.event === 'error';
        },
      })
      .catch(() => undefined);
  }

  const does: { [Name in Action]: (pick: number) => Promise<unknown> } = {
    async look() {
      const seen = await call<ConversationJson>('GET', `/conversations/${conversationId}`);
      if (seen) view = seen.messages;
    },
    send: (pick) => deliver(newSent(`/conversations/${conversationId}/messages`, pick, replies().at(-1)?.id)),
    async edit(pick) {
      const question = at(questions(), pick);
      if (question) await deliver(newSent(`/messages/${question.id}/edit`, pick, question.parent_id));
    },
    async repeat(pick) {
      const sent = at(record.sent, pick);
      if (sent?.withdrawn !== 'no' || sent.isBusy || sent.contents.length > 1) return;
      sent.isBusy = true;
      await deliver(sent);
      sent.isBusy = false;
    },
    async regenerate(pick) {
      const reply = at(replies(), pick);
      const told =
        reply && (await call<{ reply: MessageJson }>('POST', `/messages/${reply.id}/regenerate`, {}));
      if (!told) return;
      record.regenerated.push({ replyId: told.reply.id, questionId: reply.parent_id });
      read(told.reply.id);
    },
    async stop(pick) {
      const reply = at(replies(), pick);
      if (reply) await call('POST', `/replies/${reply.id}/stop`);
    },
    async continue(pick) {
      const reply = at(replies(), pick);
      if (reply && (await call('POST', `/replies/${reply.id}/continue`))) read(reply.id);
    },
    async change(pick) {
      const sent = at(record.sent, pick);
      if (!sent?.answer) return;
      const content = `changed ${pick} [[n=2]]`;
      sent.contents.push(content);
      await call('PATCH', `/messages/${sent.answer.message.id}`, { content });
    },
    async withdraw(pick) {
      const sent = at(record.sent, pick);
      if (!sent?.answer || sent.isBusy) return;
      sent.isBusy = true;
      const answer = await request('DELETE', `/messages/${sent.answer.message.id}`);
      if (answer?.status === 204) sent.withdrawn = 'yes';
      else if (!answer && sent.withdrawn === 'no') sent.withdrawn = 'unknown';
      sent.isBusy = false;
    },
    async sendNow(pick) {
      const sent = at(record.sent, pick);
      if (sent?.answer) await call('POST', `/messages/${sent.answer.message.id}/send-now`);
    },
  };

  return {
    act: (action: Action, pick: number) => does[action](pick),
    view: () => view,
    /** Talks to the server at this address from now on. */
    connect(url: string) {
      person = personAt(url, cookie);
    },
    follow,
    person: () => person,
  };
}

export type Device = ReturnType<typeof createDevice>;
export const textRead = ({ events }: Reading): string => joinedText(events);
