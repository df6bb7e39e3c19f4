import { expect, it } from 'vitest';
import type { Person } from '../support/chat.ts';
import { setUpPuppets, type Bench } from '../support/set-up.ts';

let bench: Bench;
let ana: Person;
const { asked } = setUpPuppets((opened) => ({ bench, ana } = opened));

it('the headers keep proxies and caches out, and set no cookie', async () => {
  const { reply, call } = await asked();
  const { status, headers } = await ana.follow(reply.id, { until: () => true });
  expect(status).toBe(200);
  expect(headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  expect(headers.get('cache-control')).toBe('private, no-store, no-transform');
  expect(headers.get('x-accel-buffering')).toBe('no');
  expect(headers.get('content-encoding')).toBeNull();
  expect(headers.get('set-cookie')).toBeNull();
  expect(headers.get('access-control-allow-origin')).toBeNull();
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('x-request-id')).toMatch(/^\w{26}$/);
  call.finish();
});

it('a question for the headers alone is answered at once, and reading changes nothing', async () => {
  const { id, reply, call } = await asked();
  const head = await ana.call('HEAD', `/replies/${reply.id}/events`);
  expect(head.status).toBe(200);
  expect(head.headers.get('content-type')).toContain('text/event-stream');
  expect(await ana.find(id, reply.id)).toMatchObject({
    status: expect.stringMatching(/queued|running/) as string,
  });
  call.finish();
});

it('says what it waits for, in the language of the reader', async () => {
  const { reply, call } = await asked();
  const { events } = await ana.follow(reply.id, { until: () => true });
  expect(events[0]).toEqual({ id: undefined, event: 'status', data: { status: 'running' } });
  call.finish();
  const person = await bench.person('Bernd', { 'accept-language': 'de' });
  bench.model.script(() => false);
  const slow = await person.begin({ content: 'Langsam [[err=429 retry-after=3 times=1 n=1]]' });
  const following = await person.follow(slow.reply.id, { until: ({ data }) => data['text'] !== undefined });
  expect(String(following.events.at(-1)?.data['text'])).toBe(
    'Der Modellserver ist ausgelastet. Weiter in 3 s …',
  );
  expect(await person.stop(slow.reply.id)).toMatchObject({ status: 'stopped' });
});
