import { expect } from 'vitest';
import { readEvents, type ServerEvent } from './events.ts';
import { startModelServer, type ModelServer } from './model-server.ts';
import { startSalon } from './salon.ts';

export type MessageJson = {
  id: string;
  role: 'user' | 'assistant';
  content: string;
  parent_id: string | null;
  status?: string;
  finish_reason?: string;
  error?: { code: string; message: string };
  model?: string;
  siblings: string[];
  attachments: unknown[];
  created_at: string;
};
export type ConversationJson = Record<string, unknown> & {
  id: string;
  title: string;
  messages: MessageJson[];
};
export type ExchangeJson = { message: MessageJson; reply: MessageJson };
export type Answer<T> = { status: number; headers: Headers; body: T };

/** Asks again and again until there is something, for at most 20 s. */
export async function eventually<T>(
  look: () => Promise<T | undefined> | T | undefined,
  ms = 20_000,
): Promise<T> {
  const end = performance.now() + ms;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > end) throw new Error(`did not happen in ${ms} ms: ${look.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
}

/** A Salon whose model server is the scripted one. */
export async function openBench(env: Record<string, string> = {}) {
  const model = await startModelServer();
  const settings = { ...settingsFor(model), ...env };
  const salon = await startSalon(settings);
  return {
    model,
    salon,
    /** Signs up and gives a client of that person. */
    person: (name: string, headers: Record<string, string> = {}) => signUpAt(salon.url, name, headers),
    async close() {
      await salon.close();
      await model.close();
    },
  };
}

export const settingsFor = (model: ModelServer) => ({
  OPENAI_BASE_URL: model.baseUrl,
  OPENAI_API_KEY: 'test-key',
});

/** Signs up by JSON. @returns a client with the session of the new account */
export async function signUpAt(url: string, username: string, headers: Record<string, string> = {}) {
  const response = await fetch(`${url}/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username, password: 'correct horse 1' }),
  });
  expect(response.status).toBe(200);
  return personAt(url, (response.headers.get('set-cookie') ?? '').split(';')[0] ?? '', headers);
}

export type Person = ReturnType<typeof personAt>;

/** A JSON client with a session; `at` is the same person at a server that was started again. */
export function personAt(url: string, cookie: string, headers: Record<string, string> = {}) {
  async function call<T>(method: string, path: string, body?: unknown): Promise<Answer<T>> {
    const json = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await fetch(url + path, {
      method,
      headers: {
        cookie,
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      redirect: 'manual',
      ...json,
    });
    const text = await response.text();
    const isJson = text !== '' && response.headers.get('content-type')?.includes('json');
    return {
      status: response.status,
      headers: response.headers,
      body: (isJson ? JSON.parse(text) : text) as T,
    };
  }
  const expectStatus = <T>(answer: Answer<T>, status: number): T => {
    expect(answer.status, JSON.stringify(answer.body)).toBe(status);
    return answer.body;
  };
  const read = async (id: string) =>
    expectStatus(await call<ConversationJson>('GET', `/conversations/${id}`), 200);
  const find = async (conversationId: string, messageId: string) => {
    const { body } = await call<ConversationJson>('GET', `/conversations/${conversationId}?at=${messageId}`);
    return body.messages.find(({ id }) => id === messageId);
  };

  return {
    url,
    cookie,
    call,
    at: (other: string) => personAt(other, cookie, headers),
    /** A page, as a browser gets it. */
    page: async (path: string, more: Record<string, string> = {}) => {
      const response = await fetch(url + path, {
        headers: { cookie, accept: 'text/html', ...headers, ...more },
        redirect: 'manual',
      });
      return { status: response.status, headers: response.headers, body: await response.text() };
    },
    /** A form, as a browser without scripts sends it. */
    form: async (path: string, fields: Record<string, string> = {}) => {
      const body = new URLSearchParams(fields);
      const response = await fetch(url + path, {
        method: 'POST',
        headers: { cookie, accept: 'text/html', ...headers },
        body,
        redirect: 'manual',
      });
      return {
        status: response.status,
        location: response.headers.get('location') ?? '',
        headers: response.headers,
        body: await response.text(),
      };
    },
    begin: async (fields: object = {}) =>
      expectStatus(await call<ConversationJson & ExchangeJson>('POST', '/conversations', fields), 201),
    ask: async (conversationId: string, content: string, more: object = {}) =>
      expectStatus(
        await call<ExchangeJson>('POST', `/conversations/${conversationId}/messages`, { content, ...more }),
        201,
      ),
    read,
    find,
    /** Waits until a reply is over. */
    ended: (conversationId: string, replyId: string) =>
      eventually(async () => {
        const message = await find(conversationId, replyId);
        return message && !['queued', 'running'].includes(message.status ?? '') ? message : undefined;
      }),
    stop: async (replyId: string) =>
      expectStatus(await call<{ message: MessageJson }>('POST', `/replies/${replyId}/stop`), 200).message,
    continueReply: async (replyId: string) =>
      expectStatus(await call<{ reply: MessageJson }>('POST', `/replies/${replyId}/continue`), 201).reply,
    regenerate: async (replyId: string, body?: object) =>
      expectStatus(await call<{ reply: MessageJson }>('POST', `/messages/${replyId}/regenerate`, body), 201)
        .reply,
    follow: (
      replyId: string,
      options: {
        query?: string;
        lastEventId?: string;
        until?: (event: ServerEvent, all: ServerEvent[]) => boolean;
        ms?: number;
      } = {},
    ) =>
      readEvents(`${url}/replies/${replyId}/events${options.query ?? ''}`, {
        cookie,
        headers: {
          ...headers,
          ...(options.lastEventId === undefined ? {} : { 'last-event-id': options.lastEventId }),
        },
        ...(options.until ? { until: options.until } : {}),
        ...(options.ms ? { ms: options.ms } : {}),
      }),
  };
}

/** The text that a reader of `?format=text` has after these events. */
export function joinedText(events: readonly ServerEvent[], before = ''): string {
  let text = before;
  for (const { event, data } of events) {
    if (event === 'status' && data['reset']) text = '';
    if (event === 'delta') text += String(data['text']);
  }
  return text;
}
