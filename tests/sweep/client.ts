import { readEvents, type ServerEvent } from '../support/events.ts';
import type { MessageJson } from '../support/chat.ts';
import type { Account, Journal, Reader, Send } from './journal.ts';

export const PASSWORD = 'correct horse 1';
const READ_MS = 15_000;

export type Client = ReturnType<typeof clientAt>;
type Json = Record<string, unknown>;
export type Told = { status: number; body: Json; cookie: string };

/** What a connection looks like whose server was killed. */
export function isConnectionLost(error: unknown): boolean {
  return error instanceof TypeError && /^(fetch failed|terminated)$/.test(error.message);
}

/** One person at one server. Whatever comes back is searched for the words of others. */
export function clientAt(url: string, account: Account, journal: Journal) {
  const cookie = () => account.cookie ?? '';

  async function call(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Told> {
    const response = await fetch(url + path, {
      method,
      headers: {
        cookie: cookie(),
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      redirect: 'manual',
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    journal.inspect(account, text, `${method} ${path}`);
    if (response.status >= 500)
      journal.violate('answer', `${method} ${path} gave ${response.status}: ${text.slice(0, 300)}`);
    const isJson = text !== '' && response.headers.get('content-type')?.includes('json');
    return {
      status: response.status,
      body: isJson ? (JSON.parse(text) as Json) : {},
      cookie: (response.headers.get('set-cookie') ?? '').split(';')[0] ?? '',
    };
  }

  return {
    url,
    account,
    call,
    page: (path: string) => call('GET', path, undefined, { accept: 'text/html' }),

    /** Sends it; a repeat must be answered as the first time. @returns whether it is stored */
    async send(send: Send): Promise<boolean> {
      send.open += 1;
      const told = await call('POST', send.path, send.body);
      send.open -= 1;
      if (told.status === 429 && !send.isAcknowledged) send.refusedWith = told.status;
      if (told.status !== 201 && told.status !== 202) {
        if (told.status !== 429)
          journal.violate('answer', `POST ${send.path} gave ${told.status}: ${JSON.stringify(told.body)}`);
        return false;
      }
      acknowledge(send, answerOf(told.body), journal);
      return true;
    },

    /** Reads a reply from where the reader stands until its end, or until `isEnough`. */
    async follow(reader: Reader, isEnough: () => boolean = () => false): Promise<void> {
      await readEvents(`${url}/replies/${reader.replyId ?? ''}/events?format=text`, {
        cookie: cookie(),
        headers: reader.lastId === undefined ? {} : { 'last-event-id': reader.lastId },
        ms: READ_MS,
        until: (event) => {
          take(reader, event, account, journal);
          return isEnough();
        },
      });
    },

    /** Sends a question and reads its answer in one request. */
    async stream(reader: Reader): Promise<void> {
      const { send } = reader;
      send.open += 1;
      const { status } = await readEvents(`${url}${send.path.replace(/messages$/, 'stream')}`, {
        method: 'POST',
        body: send.body,
        cookie: cookie(),
        ms: READ_MS,
        until: (event) => {
          acknowledge(send, {}, journal);
          take(reader, event, account, journal);
          return false;
        },
      });
      send.open -= 1;
      if (status === 429) send.refusedWith = status;
      else if (status !== 200) journal.violate('answer', `POST ${send.path} as a stream gave ${status}`);
    },
  };
}

function answerOf(body: Json): NonNullable<Send['answer']> {
  const id = (name: string) => (body[name] as { id?: string } | undefined)?.id;
  const [messageId, replyId, jobId] = [id('message'), id('reply'), id('job')];
  const conversationId = messageId !== undefined && typeof body['id'] === 'string' ? body['id'] : undefined;
  return {
    ...(messageId ? { messageId } : {}),
    ...(replyId ? { replyId } : {}),
    ...(jobId ? { jobId } : {}),
    ...(conversationId ? { conversationId } : {}),
  };
}

function acknowledge(send: Send, answer: NonNullable<Send['answer']>, journal: Journal): void {
  const before = send.answer ?? {};
  for (const [name, value] of Object.entries(answer)) {
    const first = before[name as keyof typeof before];
    if (first !== undefined && first !== value)
      journal.violate('twice', `a repeat of ${send.clientId} gave ${name} ${value} instead of ${first}`);
  }
  if (!send.isAcknowledged) {
    journal.count('acknowledged sends');
    journal.note('acknowledged', { clientId: send.clientId, ...answer });
  }
  send.isAcknowledged = true;
  send.answer = { ...answer, ...before };
}

/** Adds an event to what a reader has: its position is the length of what it has, and the end is the same text. */
function take(reader: Reader, { id, event, data }: ServerEvent, account: Account, journal: Journal): void {
  journal.inspect(account, JSON.stringify(data), `the events of ${reader.send.key}`);
  if (event === 'status' && data['reset']) reader.text = '';
  if (event === 'delta') {
    reader.text += String(data['text']);
    reader.lastId = id;
    reader.marks.push({ at: performance.now(), length: reader.text.length });
    if (Number(id) !== reader.text.length)
      journal.violate('text', `${reader.send.key}: position ${id} with ${reader.text.length} characters`);
  }
  if (event === 'done') finish(reader, data['message'] as MessageJson, journal);
  if (event !== 'error') return;
  const broken = data['reply'] as MessageJson | undefined;
  if (broken) finish(reader, broken, journal);
  else journal.violate('answer', `a reader of ${reader.send.key} got ${JSON.stringify(data)}`);
}

function finish(reader: Reader, message: MessageJson, journal: Journal): void {
  reader.done = message;
  reader.replyId = message.id;
  if (reader.text !== message.content)
    journal.violate(
      'text',
      `${reader.send.key}: the parts are not the whole: ${difference(reader.text, message.content)}`,
    );
}

/** Where two texts part, for a report. */
export function difference(a: string, b: string): string {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at += 1;
  const show = (text: string) =>
    `${text.length}: …${JSON.stringify(text.slice(Math.max(0, at - 20), at + 30))}`;
  return `at ${at}, ${show(a)} against ${show(b)}`;
}
