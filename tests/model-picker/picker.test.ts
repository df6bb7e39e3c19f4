import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { eventually, type Person } from '../support/chat.ts';
import { giftedModel, manyModels, soon } from '../support/many-models.ts';
import { rawRequest } from '../support/raw-http.ts';
import { setUpPeople, type Bench } from '../support/set-up.ts';

type Catalogue = { models: Record<string, unknown>[]; favourites: string[]; recent: string[] };

let bench: Bench;
let ana: Person;
let ben: Person;
setUpPeople(['Ana', 'Ben'], (...opened) => ([bench, ana, ben] = opened));

const catalogue = async (person = ana) => (await person.call<Catalogue>('GET', '/models')).body;
const mark = (model: string, favourite = true) =>
  ana.call('POST', '/settings/models/favourite', { model, favourite });

/** Opens the same Salon with another list of the model server. */
async function offer(models: unknown) {
  bench.model.setModels(models);
  await bench.salon.restart();
  [ana, ben] = [ana.at(bench.salon.url), ben.at(bench.salon.url)];
  await eventually(async () => {
    const { body } = await ana.page('/');
    return body.includes('name="model"') ? true : undefined;
  });
}

/** The select of the composer: its groups, each with the names in it. */
function groupsOf(page: string): [string, string[]][] {
  const select = /<select[^>]*id="model"[^>]*>([^]*?)<\/select>/.exec(page)?.[1] ?? '';
  const names = (part: string) =>
    [...part.matchAll(/<option value="([^"]*)"/g)].map(([, name]) => name ?? '');
  const groups = [...select.matchAll(/<optgroup label="([^"]*)">([^]*?)<\/optgroup>/g)];
  return groups.length === 0
    ? [['', names(select)]]
    : groups.map(([, label = '', part = '']): [string, string[]] => [label, names(part)]);
}

it('tells programs what each model can do, how long its context is, what it costs and when it ends', async () => {
  await offer({
    data: [...manyModels(10).data, { id: 'gpt-4o' }, { id: 'gpt-5.6-sol' }, { id: 'gpt-4o-mini' }],
  });
  const { models } = await catalogue();
  expect(models).toContainEqual({
    name: giftedModel,
    sees_images: true,
    thinks: true,
    context_tokens: 1_048_576,
    ends_on: soon(),
  });
  expect(models).toContainEqual({ name: 'gpt-4o-mini', price_class: 1 });
  expect(models).toContainEqual({ name: 'gpt-4o', price_class: 2 });
  expect(models).toContainEqual({ name: 'gpt-5.6-sol', thinks: true, price_class: 3, default: true });
});

it('offers favourites first, then what was used last, then the others by vendor, each once', async () => {
  await offer(manyModels(10));
  expect((await mark('birch/model-0001')).status).toBe(200);
  await ana.begin({ title: 'One', model: 'elm/model-0009' });
  await ana.begin({ title: 'Two', model: 'birch/model-0001' });
  expect(groupsOf((await ana.page('/')).body)).toEqual([
    ['Favourites', ['birch/model-0001']],
    ['Recently used', ['elm/model-0009', 'acorn/model-0000']],
    ['acorn', ['acorn/model-0005']],
    ['birch', ['birch/model-0006']],
    ['cedar', ['cedar/model-0002', 'cedar/model-0007']],
    ['dogwood', ['dogwood/model-0003', 'dogwood/model-0008']],
    ['elm', ['elm/model-0004']],
  ]);
  expect(await catalogue()).toMatchObject({
    favourites: ['birch/model-0001'],
    recent: ['birch/model-0001', 'elm/model-0009'],
  });
  expect(await catalogue(ben)).toMatchObject({ favourites: [], recent: [] });
  await mark('birch/model-0001', false);
  expect((await catalogue()).favourites).toEqual([]);
  expect((await mark('no-such-model')).status).toBe(404);
});

it('answers a second look with 304 until something has changed', async () => {
  await offer(manyModels(10));
  const first = await ana.call('GET', '/models');
  const etag = first.headers.get('etag') ?? '';
  expect(first.headers.get('cache-control')).toBe('private, no-cache');
  const again = () =>
    rawRequest(bench.salon.url, {
      method: 'GET',
      path: '/models',
      headers: { cookie: ana.cookie, accept: 'application/json', 'if-none-match': etag },
    });
  expect((await again()).status).toBe(304);
  await mark('birch/model-0001');
  expect((await again()).status).toBe(200);
});

it('carries a bounded list in the page, whatever the number of models', async () => {
  await offer(manyModels(10));
  const few = (await ana.page('/')).body.length;
  await offer(manyModels(2000));
  const page = (await ana.page('/')).body;
  expect(groupsOf(page).flatMap(([, names]) => names)).toHaveLength(60);
  expect(page).toContain('<a class="all-models" href="/models">');
  expect(page.length - few).toBeLessThan(8_000);
  expect((await ana.page('/models')).body.length).toBeLessThan(150_000);
  const json = JSON.stringify(await catalogue());
  expect(json.length).toBeLessThan(150_000);
  expect(gzipSync(json).length).toBeLessThan(20_000);
});

it('finds, marks and chooses a model by pages alone, for a new conversation and for one that is there', async () => {
  await offer(manyModels(300));
  const { id } = await ana.begin({ title: 'A conversation' });
  const found = (await ana.page(`/models?q=0123&conversation=${id}`)).body;
  expect(found).toContain('dogwood/model-0123');
  expect(found).not.toContain('elm/model-0124');
  const fields = { model: 'dogwood/model-0123', favourite: '1', q: '0123', conversation: id };
  const { location } = await ana.form('/settings/models/favourite', fields);
  expect(location).toBe(`/models?q=0123&conversation=${id}`);
  expect((await ana.page(location)).body).toContain('aria-pressed="true"');
  await ana.form(`/conversations/${id}`, { model: 'dogwood/model-0123' });
  expect((await ana.page(`/conversations/${id}`)).body).toContain(
    '<option value="dogwood/model-0123" selected>',
  );
  const start = (await ana.page('/?model=elm%2Fmodel-0299')).body;
  expect(start).toContain('<option value="elm/model-0299" selected>');
  expect((await ana.page('/?model=invented')).body).not.toContain('invented');
});

it('asks for a name where the server gives no list, and offers the last used ones', async () => {
  await ana.begin({ title: 'Before', model: 'my-model' });
  await offer('no list');
  const page = (await ana.page('/')).body;
  expect(page).not.toMatch(/<select[^>]*name="model"/);
  expect(page).toMatch(/<input[^>]*name="model"[^>]*value=""/);
  expect(page).toContain('<option value="my-model"></option>');
  const { location } = await ana.form('/conversations', { content: 'Hello [[n=1]]', model: 'my-model' });
  const conversation = await ana.read(location.split('/').at(-1) ?? '');
  await ana.ended(conversation.id, conversation.messages[1]?.id ?? '');
  expect(bench.model.calls().at(-1)?.body['model']).toBe('my-model');
  expect((await ana.page(location)).body).toMatch(/<input[^>]*name="model"[^>]*value="my-model"/);
  expect((await ana.page('/models')).status).toBe(200);
});
