import { expect, it } from 'vitest';
import type { Person } from '../support/chat.ts';
import { query } from '../support/database.ts';
import { setUpPeople, type Bench } from '../support/set-up.ts';
import { waitFor } from '../support/wait.ts';
import { answered, jobEnd, ledgerOf, images, type JobJson } from './setup.ts';

let bench: Bench;
let person: Person;
setUpPeople(['Ada'], (...opened) => ([bench, person] = opened));

const ledger = () => ledgerOf(bench.salon.dir);
const only = () => {
  const entries = ledger();
  expect(entries).toHaveLength(1);
  const [entry] = entries;
  if (!entry) throw new Error('there is no entry');
  return entry;
};

it('books an answer on its owner with the reported tokens at the price of its model', async () => {
  const { reply } = await answered(person, '[[n=7]] how much?', { model: 'gpt-4o' });
  const ada = query<{ id: string }>(bench.salon.dir, 'select id from users')[0]?.id;
  expect(only()).toMatchObject({
    owner_id: ada,
    auth_method: 'session',
    api_key_id: null,
    kind: 'chat',
    purpose: 'reply',
    subject_id: reply.id,
    provider_id: expect.any(String) as string,
    model: 'gpt-4o',
    attempt: 1,
    status: 'settled',
    outcome: 'complete',
    error: null,
    is_estimated: 0,
    is_priced: 1,
    // 10 tokens at 2.50 and 7 at 10 dollars a million.
    prompt_tokens: 10,
    completion_tokens: 7,
    cost_micros: 95,
  });
  expect(only().reserved_micros).toBeGreaterThanOrEqual(only().cost_micros);
});

it.each(['none', 'zero', 'negative', 'odd'])(
  'usage=%s gives one entry with estimated tokens, marked so and never negative',
  async (usage) => {
    await answered(person, `[[n=4 usage=${usage}]] and now?`, { model: 'gpt-4o' });
    const entry = only();
    expect(entry).toMatchObject({ status: 'settled', outcome: 'complete', is_estimated: 1 });
    expect(entry.prompt_tokens).toBeGreaterThan(0);
    expect(entry.completion_tokens).toBeGreaterThan(0);
    expect(entry.cost_micros).toBeGreaterThan(0);
  },
);

it('books each attempt of a retried call by itself, the failed ones at no cost', async () => {
  await answered(person, '[[err=500 times=2 n=3]] try', { model: 'gpt-4o' });
  const entries = ledger();
  expect(bench.model.calls()).toHaveLength(3);
  expect(
    entries.map(({ attempt, outcome, error, cost_micros }) => [attempt, outcome, error, cost_micros]),
  ).toEqual([
    [1, 'failed', 'upstream_failed', 0],
    [2, 'failed', 'upstream_failed', 0],
    [3, 'complete', null, 55],
  ]);
});

it('a server that refuses to report usage is asked twice, and both are booked', async () => {
  await answered(person, '[[nousage n=3]] try');
  expect(ledger().map(({ outcome }) => outcome)).toEqual(['failed', 'complete']);
  expect(ledger()[1]).toMatchObject({ is_estimated: 1 });
});

it('keeps what was reserved for an answer that broke off before its first word', async () => {
  await answered(person, '[[reset]] try', { model: 'gpt-4o' });
  const entry = only();
  expect(entry).toMatchObject({ outcome: 'unknown', error: 'outcome_unknown', is_estimated: 1 });
  expect(entry.cost_micros).toBe(entry.reserved_micros);
});

it('an answer that is stopped while the model is silent costs an estimate, since it may have thought', async () => {
  const { reply } = await person.begin({ content: '[[n=5 stall=0]] silence', model: 'gpt-4o' });
  await person.follow(reply.id, { until: ({ event }) => event === 'status' });
  await expect.poll(() => bench.model.calls().length).toBe(1);
  await person.stop(reply.id);
  const entry = only();
  expect(entry).toMatchObject({ outcome: 'stopped', error: 'stopped', is_estimated: 1 });
  expect(entry.prompt_tokens).toBeGreaterThan(0);
  expect(entry.cost_micros).toBeLessThan(entry.reserved_micros);
});

it('a stopped answer costs what was received, estimated', async () => {
  const { reply } = await person.begin({ content: '[[n=5000 tps=200]] long', model: 'gpt-4o' });
  await person.follow(reply.id, { query: '?format=text', until: ({ event }) => event === 'delta' });
  await person.stop(reply.id);
  const entry = only();
  expect(entry).toMatchObject({ status: 'settled', outcome: 'stopped', error: 'stopped', is_estimated: 1 });
  expect(entry.completion_tokens).toBeGreaterThan(0);
  expect(entry.completion_tokens).toBeLessThan(5000);
});

it('an answer that is cut off costs what was received, one that never came nothing', async () => {
  await answered(person, '[[n=9 cut=4]] cut', { model: 'gpt-4o' });
  await answered(person, '[[err=400]] refused', { model: 'gpt-4o' });
  const [cut, refused] = ledger();
  expect(cut).toMatchObject({ outcome: 'failed', error: 'upstream_cut', is_estimated: 1 });
  expect(cut?.completion_tokens).toBeGreaterThan(0);
  expect(refused).toMatchObject({
    outcome: 'failed',
    error: 'upstream_refused',
    cost_micros: 0,
    is_estimated: 0,
  });
});

it('books the images that were made in one call as one entry', async () => {
  await images(person, { prompt: 'three at once', n: 3, model: 'gpt-image-1.5' });
  expect(only()).toMatchObject({ kind: 'image', purpose: 'image', images: 3, cost_micros: 102_000 });
  expect(only().reserved_micros).toBe(102_000);
});

it('books an image by its tokens where the server counts them and they have a price, and never twice', async () => {
  await images(person, { prompt: 'one [[usage]]', n: 1, model: 'gpt-image-2.5-flare' });
  // 9 tokens at 8 and 272 at 30 dollars a million.
  expect(only()).toMatchObject({ images: 1, prompt_tokens: 9, completion_tokens: 272, cost_micros: 8232 });
  expect(only().reserved_micros).toBe(13_200);
});

it('books an image by the piece where its tokens have no price', async () => {
  await images(person, { prompt: 'one [[usage]]', n: 1, model: 'gpt-image-1.5' });
  expect(only()).toMatchObject({ images: 1, completion_tokens: 272, cost_micros: 34_000 });
});

it('reserves more for an answer of a model that thinks', async () => {
  await answered(person, '[[n=1]]', { model: 'gpt-5.1' });
  expect(only().reserved_micros).toBeGreaterThanOrEqual(16_384 * 10);
});

it('books a failed image at no cost, one of which nobody knows at what was reserved', async () => {
  await images(person, { prompt: '[[err=400 code=content_policy_violation]]', model: 'gpt-image-1.5' });
  await images(person, { prompt: '[[reset]]', model: 'gpt-image-1.5' });
  expect(
    ledger().map(({ outcome, cost_micros, is_estimated }) => [outcome, cost_micros, is_estimated]),
  ).toEqual([
    ['failed', 0, 0],
    ['unknown', 34_000, 1],
  ]);
});

it('keeps the reserved cost of an image that was cancelled after it was asked for', async () => {
  const started = await person.call<{ job: JobJson }>('POST', '/images', {
    prompt: '[[hang]]',
    model: 'gpt-image-1.5',
  });
  await waitFor(() => bench.model.calls().length > 0);
  await person.call('POST', `/jobs/${started.body.job.id}/cancel`);
  await jobEnd(person, started.body.job.id);
  expect(only()).toMatchObject({ outcome: 'stopped', images: 0, cost_micros: 34_000, is_estimated: 1 });
});

it('marks calls to a model without a price', async () => {
  bench.model.setModels({ data: [{ id: 'house-model' }] });
  await answered(person, 'what is it?', { model: 'house-model' });
  expect(only()).toMatchObject({ model: 'house-model', is_priced: 0, cost_micros: 0, completion_tokens: 5 });
});

it('the report is the sum of the entries', async () => {
  await Promise.all([
    answered(person, '[[n=3]] a', { model: 'gpt-4o' }),
    answered(person, '[[n=4 usage=none]] b', { model: 'gpt-4o-mini' }),
    answered(person, '[[err=500 times=1]] c', { model: 'gpt-4o' }),
    images(person, { prompt: 'two', n: 2, model: 'gpt-image-1.5' }),
  ]);
  const entries = ledger();
  const { body } = await person.call<{ total: Record<string, number> }>('GET', '/settings/usage');
  const sum = (pick: (entry: (typeof entries)[number]) => number) =>
    entries.reduce((total, entry) => total + pick(entry), 0);
  expect(body.total).toMatchObject({
    calls: entries.length,
    prompt_tokens: sum((entry) => entry.prompt_tokens),
    completion_tokens: sum((entry) => entry.completion_tokens),
    images: sum((entry) => entry.images),
    cost_micros: sum((entry) => entry.cost_micros),
  });
  expect(entries.length).toBe(5);
});
