import { afterAll, beforeAll, expect, it } from 'vitest';
import { openBench, type Person } from '../support/chat.ts';
import { query } from '../support/database.ts';
import { answered, ledgerOf, images } from './setup.ts';

type Sums = { calls: number; cost_micros: number; images: number; completion_tokens: number };
type Report = {
  from: string;
  to: string;
  total: Sums;
  rows: (Sums & { person?: { id: string; username: string } | null; model?: string; day?: string })[];
  next_cursor: string | null;
};
type Price = { model: string; prompt_usd_per_million: number; source: string; version: number };

let bench: Awaited<ReturnType<typeof openBench>>;
let admin: Person;
let formula: Person;
beforeAll(async () => {
  bench = await openBench();
  admin = await bench.person('Admin');
  formula = await bench.person('=HYPERLINK("http://x","y")');
  await answered(admin, '[[n=3]] a', { model: 'gpt-4o' });
  await answered(admin, '[[n=3]] b', { model: 'gpt-4o-mini' });
  await answered(formula, '[[n=4]] c', { model: 'gpt-4o' });
  await images(formula, { prompt: 'two', n: 2, model: 'gpt-image-1.5' });
});
afterAll(() => bench.close());

const report = async (path: string) => (await admin.call<Report>('GET', `/admin/usage${path}`)).body;

it.each(['person', 'model', 'day'])('sums by %s add up to the entries of the ledger', async (by) => {
  const { rows, total } = await report(`?by=${by}`);
  const entries = ledgerOf(bench.salon.dir);
  const sumOf = (pick: (row: Report['rows'][number]) => number) =>
    rows.reduce((sum, row) => sum + pick(row), 0);
  expect(total.calls).toBe(entries.length);
  expect(sumOf((row) => row.calls)).toBe(entries.length);
  expect(sumOf((row) => row.cost_micros)).toBe(entries.reduce((sum, entry) => sum + entry.cost_micros, 0));
  expect(sumOf((row) => row.images)).toBe(2);
});

it('pages through the rows without gap or repeat', async () => {
  const all = (await report('?by=model')).rows.map(({ model }) => model);
  const paged: (string | undefined)[] = [];
  for (let after = ''; ;) {
    const { rows, next_cursor: next } = await report(`?by=model&limit=1${after}`);
    paged.push(...rows.map(({ model }) => model));
    if (next === null) break;
    after = `&after=${encodeURIComponent(next)}`;
  }
  expect(paged).toEqual(all);
  expect(paged).toHaveLength(3);
});

it('counts only the days asked for', async () => {
  expect(await report('?from=2020-01-01&to=2020-01-31')).toMatchObject({ total: { calls: 0 }, rows: [] });
  for (const wrong of [
    '?from=2026-02-30',
    '?from=2026-03-01&to=2026-02-01',
    '?from=2020-01-01&to=2026-01-01',
    '?by=cat',
  ])
    expect((await admin.call('GET', `/admin/usage${wrong}`)).status, wrong).toBe(422);
  expect((await admin.call('GET', '/admin/usage?after=nonsense')).status).toBe(400);
  const page = await admin.page('/admin/usage?from=2026-02-30');
  expect(page.status).toBe(422);
  expect(page.body).toContain('value="2026-02-30"');
});

it('exports what a spreadsheet cannot run, as an attachment', async () => {
  const answer = await admin.call<string>('GET', '/admin/usage?by=person&format=csv');
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8');
  expect(answer.headers.get('content-disposition')).toMatch(
    /^attachment; filename="?usage_by_person_[\d_-]+\.csv"?$/,
  );
  expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  expect(answer.body).toContain(`"'=HYPERLINK(""http://x"",""y"")"`);
  const lines = answer.body.split('\r\n');
  expect(lines[0]).toBe(
    'person_id,username,calls,failed,prompt_tokens,completion_tokens,images,cost_usd,estimated,unpriced',
  );
  expect(lines).toHaveLength(4);
  expect(lines.at(-1)).toBe('');
});

it('shows everybody their own usage and nobody another’s', async () => {
  const own = (await formula.call<{ total: Sums; models: { model: string }[] }>('GET', '/settings/usage'))
    .body;
  expect(own.total).toMatchObject({ calls: 2, images: 2, completion_tokens: 4 });
  expect(own.models.map(({ model }) => model)).toEqual(['gpt-image-1.5', 'gpt-4o']);
  expect((await formula.call('GET', '/admin/usage')).status).toBe(403);
});

it('a changed price counts from now on and leaves what is settled alone', async () => {
  const before = ledgerOf(bench.salon.dir);
  const { prices } = (await admin.call<{ prices: Price[] }>('GET', '/admin/usage/prices')).body;
  expect(prices.find(({ model }) => model === 'gpt-4o')).toMatchObject({ source: 'default', version: 0 });
  const change = { model: 'gpt-4o', prompt_usd_per_million: 100, completion_usd_per_million: '1000.5' };
  const saved = await admin.call<Price>('PUT', '/admin/usage/prices', { ...change, version: 0 });
  expect(saved).toMatchObject({
    status: 200,
    body: { source: 'own', version: 1, prompt_usd_per_million: 100 },
  });
  await answered(admin, '[[n=2]] d', { model: 'gpt-4o' });
  const after = ledgerOf(bench.salon.dir);
  expect(after.slice(0, before.length)).toEqual(before);
  expect(after.at(-1)?.cost_micros).toBe(10 * 100 + 2 * 1000.5);
  expect(
    query(bench.salon.dir, "select action, object_id from audit_entries where action = 'price.change'"),
  ).toHaveLength(1);
});

it('a price form that is stale is refused, by page and by JSON', async () => {
  const price = { model: 'house-model', prompt_usd_per_million: '1' };
  expect((await admin.form('/admin/usage/prices', { ...price, version: '0' })).status).toBe(303);
  const stale = await admin.form('/admin/usage/prices', {
    ...price,
    prompt_usd_per_million: '9',
    version: '0',
  });
  expect(stale.status).toBe(409);
  expect(stale.body).toContain('value="9"');
  expect((await admin.call('PUT', '/admin/usage/prices', { ...price, version: 0 })).status).toBe(409);
  const { prices } = (await admin.call<{ prices: Price[] }>('GET', '/admin/usage/prices')).body;
  expect(prices.find(({ model }) => model === 'house-model')).toMatchObject({
    prompt_usd_per_million: 1,
    version: 1,
  });
});

it.each([
  { prompt_usd_per_million: -1 },
  { prompt_usd_per_million: 'abc' },
  { image_usd: 1e9 },
  { model: ' ' },
])('refuses the price %j', async (wrong) => {
  const body = { model: 'gpt-4o', version: 1, ...wrong };
  expect((await admin.call('PUT', '/admin/usage/prices', body)).status).toBe(422);
});

it('draws the pages of usage and prices in both languages', async () => {
  for (const path of [
    '/admin/usage',
    '/admin/usage?by=model',
    '/admin/usage?by=day',
    '/admin/usage/prices',
    '/settings/usage',
  ])
    for (const language of ['en', 'de']) {
      const page = await admin.page(path, { 'accept-language': language });
      expect([path, page.status]).toEqual([path, 200]);
      expect(page.body).not.toMatch(/\busage\.[a-z_]+/);
    }
});
