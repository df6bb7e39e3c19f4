import { expect, it } from 'vitest';
import type { Person } from '../support/chat.ts';
import { query } from '../support/database.ts';
import { imageSettings, setUpChat, type Bench } from '../support/set-up.ts';

let bench: Bench;
let ana: Person;
setUpChat((opened) => ({ bench, ana } = opened), imageSettings);

const ROUNDS = 25;

type Change = readonly [field: string, value: unknown];

/** Sends each field in a request of its own, all at the same time. @returns the statuses */
const changeAtOnce = (path: string, fields: readonly Change[]) =>
  Promise.all(fields.map(async ([name, value]) => (await ana.call('PATCH', path, { [name]: value })).status));

/** Changes every field by requests at the same time, again and again, and looks at what is stored. */
async function expectNothingLost(path: string, fieldsOf: (round: number) => Change[]): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) {
    const fields = fieldsOf(round);
    expect(new Set(await changeAtOnce(path, fields))).toEqual(new Set([200]));
    const { body } = await ana.call<Record<string, unknown>>('GET', path);
    const stored = fields.map(([name]) => [name, body[name]]);
    expect([round, stored]).toEqual([round, fields]);
  }
}

it('keeps every field of a conversation that is changed by requests at the same time', async () => {
  const { id } = await ana.begin({ title: 'Before' });
  await expectNothingLost(`/conversations/${id}`, (round) => [
    ['title', `Title ${round}`],
    ['model', `model-${round}`],
    ['system_prompt', `Prompt ${round}`],
    ['parameters', { temperature: (round % 20) / 10 }],
    ['pinned', round % 2 === 0],
    ['archived', round % 2 === 1],
  ]);
});

it('keeps every field of an image that is changed by requests at the same time', async () => {
  await ana.call('POST', '/generate_image', { prompt: 'a boat' });
  const [image] = query<{ id: string }>(bench.salon.dir, 'select id from images');
  await expectNothingLost(`/images/${image?.id}`, (round) => [
    ['title', `Title ${round}`],
    ['favourite', round % 2 === 0],
  ]);
});

it('keeps every preference that is changed by requests at the same time', async () => {
  await expectNothingLost('/settings', (round) => [
    ['language', round % 2 === 0 ? 'de' : 'en'],
    ['theme', round % 2 === 0 ? 'dark' : 'light'],
    ['time_zone', round % 2 === 0 ? 'Europe/Berlin' : 'Asia/Tokyo'],
  ]);
});

it('answers with what is stored, not with what the request saw before', async () => {
  const { id } = await ana.begin({ title: 'Before' });
  const answers = await Promise.all([
    ana.call<Record<string, unknown>>('PATCH', `/conversations/${id}`, { title: 'After' }),
    ana.call<Record<string, unknown>>('PATCH', `/conversations/${id}`, { pinned: true }),
  ]);
  const { body } = await ana.call<Record<string, unknown>>('GET', `/conversations/${id}`);
  expect(body).toMatchObject({ title: 'After', pinned: true });
  // Whichever is answered last has seen both.
  expect(answers.some(({ body: told }) => told['title'] === 'After' && told['pinned'] === true)).toBe(true);
});

it('changes nothing when no field is named, and tells nobody about what is not theirs', async () => {
  const { id } = await ana.begin({ title: 'Mine' });
  const empty = await ana.call<Record<string, unknown>>('PATCH', `/conversations/${id}`, {});
  expect([empty.status, empty.body['title']]).toEqual([200, 'Mine']);
  const ben = await bench.person('Ben');
  for (const change of [{}, { title: 'Stolen' }])
    expect((await ben.call('PATCH', `/conversations/${id}`, change)).status).toBe(404);
  expect((await ana.read(id)).title).toBe('Mine');
});
