import diagnostics from 'node:diagnostics_channel';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import { expect, it } from 'vitest';
import { followLive } from '../support/answers.ts';
import { eventually, type Person } from '../support/chat.ts';
import type { Strings } from '../support/puppet.ts';
import { setUpPuppets, type Bench } from '../support/set-up.ts';

let bench: Bench;
let strings: Strings;
let ana: Person;
setUpPuppets((opened) => ({ bench, strings, ana } = opened));

/** Six bytes each on the wire: more than the buffers of two sockets take by themselves. */
const PIECE = '\u0001'.repeat(10_000);
const PIECES = 180;

it('a reader that stops reading costs no memory, and gets all text afterwards', async () => {
  const { id, reply } = await ana.begin({ content: 'A lot' });
  const call = await strings.next('A lot');
  const stalled = await openStalled(`/replies/${reply.id}/events?format=text`);
  const quick = followLive(ana, reply.id, {
    query: '?format=text',
    until: (event) => Number(event.id) >= PIECE.length * PIECES,
  });
  for (let said = 1; said <= PIECES; said++) {
    call.say(PIECE);
    if (said % 10 === 0) await quick.has(PIECE.length * said);
  }
  await quick.reading;
  // What the operating system does not take waits as text that all readers share, not as bytes for this one.
  expect(stalled.server.writableLength).toBeLessThan(1_500_000);
  expect(stalled.server.writableNeedDrain).toBe(true);

  const text = readAll(stalled.client);
  await eventually(() => (stalled.server.writableNeedDrain ? undefined : true));
  call.say(' end');
  call.finish();
  await ana.ended(id, reply.id);
  const deltas = (await text).split('\n\n').filter((frame) => frame.includes('event: delta'));
  const joined = deltas.map(
    (frame) => (JSON.parse(/data: (.*)/.exec(frame)?.[1] ?? '{}') as { text: string }).text,
  );
  expect(joined.join('') === `${PIECE.repeat(PIECES)} end`).toBe(true);
  expect(deltas.length).toBeLessThan(PIECES);
});

it('a reader that stops for good holds nobody up', async () => {
  const { id, reply } = await ana.begin({ content: 'Again' });
  const call = await strings.next('Again');
  const stalled = await openStalled(`/replies/${reply.id}/events`);
  for (let i = 0; i < 50; i++) call.say(PIECE);
  call.finish();
  expect(await ana.ended(id, reply.id)).toMatchObject({ status: 'complete' });
  stalled.client.destroy();
  await eventually(() => stalled.server.destroyed || undefined);
});

it('gives a sign of life every 15 s while nothing happens', async () => {
  const { reply } = await ana.begin({ content: 'Silence' });
  const call = await strings.next('Silence');
  const { client } = await openStalled(`/replies/${reply.id}/events`);
  let text = '';
  client.setEncoding('utf8').on('data', (piece: string) => (text += piece));
  await eventually(() => text.includes('\n\n:\n\n') || undefined, 20_000);
  call.finish();
});

/** Opens a stream and reads nothing of it. @returns both ends */
async function openStalled(path: string): Promise<{ client: IncomingMessage; server: ServerResponse }> {
  let server: ServerResponse | undefined;
  const onStart = (message: unknown) => {
    const { request, response } = message as { request: IncomingMessage; response: ServerResponse };
    if (request.url === path) server = response;
  };
  diagnostics.subscribe('http.server.request.start', onStart);
  const client = await new Promise<IncomingMessage>((resolve, reject) => {
    http
      .get(bench.salon.url + path, { headers: { cookie: ana.cookie }, agent: false }, resolve)
      .on('error', reject);
  });
  diagnostics.unsubscribe('http.server.request.start', onStart);
  client.on('error', () => undefined);
  if (!server) throw new Error('the request did not reach the server');
  return { client, server };
}

async function readAll(client: IncomingMessage): Promise<string> {
  let text = '';
  for await (const piece of client.setEncoding('utf8')) text += String(piece);
  return text;
}
