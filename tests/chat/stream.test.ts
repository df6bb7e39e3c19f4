import { expect, it } from 'vitest';
import { eventually, joinedText, type Person } from '../support/chat.ts';
import { readEvents, type ServerEvent } from '../support/events.ts';
import { setUpChat, type Bench } from '../support/set-up.ts';

let bench: Bench;
let ana: Person;
setUpChat((opened) => ({ bench, ana } = opened), {
  OPENAI_MAX_RETRIES: '0',
  OPENAI_TIMEOUT: '2',
  OPENAI_FIRST_PIECE_TIMEOUT: '2',
});

const stream = async (
  body: object,
  until?: (event: ServerEvent, all: ServerEvent[]) => boolean,
  headers: Record<string, string> = {},
) => {
  const { id } = await ana.begin({});
  const read = await readEvents(`${bench.salon.url}/conversations/${id}/stream`, {
    cookie: ana.cookie,
    method: 'POST',
    body,
    headers,
    ...(until ? { until } : {}),
  });
  return { ...read, id };
};

it('gives the answer as it grows, and then the message', async () => {
  const { id, events, headers, ended } = await stream({ content: 'Stream [[n=20 tps=100]]' });
  expect(headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  expect(ended).toBe(true);
  const kinds = [...new Set(events.map(({ event }) => event))];
  expect(kinds).toEqual(['status', 'delta', 'done']);
  const { messages } = await ana.read(id);
  expect(joinedText(events)).toBe(messages[1]?.content);
  expect(events.at(-1)?.data['message']).toEqual(messages[1]);
  expect(events.filter(({ event }) => event === 'delta').length).toBeGreaterThan(2);
});

it('a repeat with the same client id follows the first answer', async () => {
  const { id } = await ana.begin({});
  const send = () =>
    readEvents(`${bench.salon.url}/conversations/${id}/stream`, {
      cookie: ana.cookie,
      method: 'POST',
      body: { content: 'streamed-thrice [[n=10 tps=100]]', client_id: 'again' },
    });
  const [one, two] = await Promise.all([send(), send()]);
  const three = await send();
  for (const { events } of [one, two, three])
    expect(joinedText(events)).toBe((await ana.read(id)).messages[1]?.content);
  expect(
    bench.model.calls().filter(({ body }) => JSON.stringify(body).includes('streamed-thrice')),
  ).toHaveLength(1);
});

it.each([
  ['nothing had arrived', 'cut=0', 'upstream_cut', 'failed', ''],
  ['it was cut', 'cut=2', 'upstream_cut', 'interrupted', 'wört0 wört1 '],
  ['the connection was reset', 'die=2', 'upstream_cut', 'interrupted', 'wört0 wört1 '],
  ['it stalled', 'stall=2', 'upstream_timeout', 'interrupted', 'wört0 wört1 '],
  ['the key was refused', 'err=401', 'upstream_key_refused', 'failed', ''],
])('ends with an error event when %s', async (_name, words, code, status, content) => {
  const { id, events, ended } = await stream({ content: `Faulty [[n=5 ${words}]]` });
  expect(ended).toBe(true);
  expect(joinedText(events)).toBe(content);
  const last = events.at(-1);
  expect(last?.event).toBe('error');
  expect(last?.data).toMatchObject({ code, reply: { status, content } });
  expect(String(last?.data['error'])).toMatch(/\w+ \w+.*\.$/);
  expect((await ana.read(id)).messages[1]).toMatchObject({ status, content, error: { code } });
});

it('ends with the message when the answer is stopped', async () => {
  const { id } = await ana.begin({});
  const reading = readEvents(`${bench.salon.url}/conversations/${id}/stream`, {
    cookie: ana.cookie,
    method: 'POST',
    body: { content: 'Stop me [[n=3 stall=3]]' },
    until: ({ event }) => event === 'done',
  });
  const reply = await eventually(async () => {
    const message = (await ana.read(id)).messages[1];
    return message?.content === '' ? undefined : message;
  });
  await ana.stop(reply.id);
  const { events } = await reading;
  expect(events.at(-1)?.data['message']).toMatchObject({ status: 'stopped', content: joinedText(events) });
});

it('goes on in the server when the reader goes away', async () => {
  const { id } = await stream({ content: 'Go away [[n=30 tps=100]]' }, ({ event }) => event === 'delta');
  const { messages } = await ana.read(id);
  expect(await ana.ended(id, messages[1]?.id ?? '')).toMatchObject({ status: 'complete' });
});

it('refuses bad input before the stream begins', async () => {
  expect((await stream({ content: '' })).status).toBe(422);
  expect((await stream({})).status).toBe(422);
  const foreign = await ana.call('POST', '/conversations/01k00000000000000000000000/stream', {
    content: 'x',
  });
  expect(foreign.status).toBe(404);
});

it('refuses a stream that another site begins', async () => {
  expect((await stream({ content: 'x' }, undefined, { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
});
