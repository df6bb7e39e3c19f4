import { expect, it } from 'vitest';
import { eventually, type Person } from '../support/chat.ts';
import { query } from '../support/database.ts';
import { manyModels } from '../support/many-models.ts';
import { setUpPeople, type Bench } from '../support/set-up.ts';

type ModelJson = { name: string; label: string | null; hidden: boolean; position: number | null };
type DefaultJson = { model: string | null; source: string; variable: string | null };
type ModelsJson = { models: ModelJson[]; defaults: Record<'chat' | 'image', DefaultJson> };
type Offered = { models: { name: string; label?: string; default?: boolean }[] };

let bench: Bench;
let ana: Person;
let ben: Person;
setUpPeople(['Ana', 'Ben'], (...opened) => ([bench, ana, ben] = opened));

const change = (fields: object) => ana.call<ModelJson>('POST', '/admin/models/settings', fields);
const setDefault = (fields: object) => ana.call<DefaultJson>('POST', '/admin/models/default', fields);
const listed = async (person = ana) => (await person.call<ModelsJson>('GET', '/admin/models')).body;
const offered = async (person = ben) => (await person.call<Offered>('GET', '/models')).body.models;
const options = (page: string) => [...page.matchAll(/<option value="([^"]*)"/g)].map(([, name]) => name);

/** Waits until the list of the model server is there. */
const known = () => eventually(async () => ((await offered()).length > 0 ? true : undefined));

async function restart(settings: Record<string, string> = {}) {
  await bench.salon.restart(settings);
  [ana, ben] = [ana.at(bench.salon.url), ben.at(bench.salon.url)];
  await known();
}

it('renames a model for everybody, over a restart, and gives it its own name back', async () => {
  await known();
  expect((await change({ model: 'gpt-4o', label: ' The big one ' })).body.label).toBe('The big one');
  await restart();
  expect(await offered()).toContainEqual({
    name: 'gpt-4o',
    label: 'The big one',
    context_tokens: undefined,
    price_class: 2,
  });
  expect((await ben.page('/')).body).toContain('<option value="gpt-4o">The big one</option>');
  expect((await ana.page('/admin/models')).body).toContain('The big one');
  await change({ model: 'gpt-4o', label: '' });
  expect((await ben.page('/')).body).toContain('<option value="gpt-4o">gpt-4o</option>');
});

it('hides a model from every list, while a conversation that uses it goes on and shows it', async () => {
  await known();
  const { id, reply } = await ben.begin({ content: 'Hello [[n=1]]', model: 'gpt-4o' });
  await ben.ended(id, reply.id);
  const answer = await ana.form('/admin/models/settings', { model: 'gpt-4o', hidden: '1' });
  expect(answer.location).toBe('/admin/models?model_saved=1');
  expect((await offered()).map(({ name }) => name)).not.toContain('gpt-4o');
  expect(options((await ben.page('/')).body)).not.toContain('gpt-4o');
  expect((await ben.page(`/conversations/${id}`)).body).toContain('<option value="gpt-4o" selected>');
  const { reply: second } = await ben.ask(id, 'Still there? [[n=1]]');
  expect((await ben.ended(id, second.id)).status).toBe('complete');
  expect(bench.model.calls().at(-1)?.body['model']).toBe('gpt-4o');
  expect((await listed()).models.find(({ name }) => name === 'gpt-4o')?.hidden).toBe(true);
  await change({ model: 'gpt-4o', hidden: false });
  expect((await offered()).map(({ name }) => name)).toContain('gpt-4o');
});

it('moves models up by their numbers, and leaves what a change does not name as it is', async () => {
  bench.model.setModels({ data: ['a', 'b', 'c', 'd'].map((id) => ({ id: `chat-${id}` })) });
  await restart();
  await change({ model: 'chat-d', position: 1, label: 'Dee' });
  await change({ model: 'chat-c', position: '2' });
  expect((await offered()).map(({ name }) => name)).toEqual(['chat-a', 'chat-d', 'chat-c', 'chat-b']);
  expect((await change({ model: 'chat-d', position: '' })).body).toMatchObject({
    label: 'Dee',
    position: null,
  });
  expect((await offered()).map(({ name }) => name)).toEqual(['chat-a', 'chat-c', 'chat-b', 'chat-d']);
  const wrong = await ana.form('/admin/models/settings', { model: 'chat-d', position: '0', label: 'typed' });
  expect(wrong.status).toBe(422);
  expect(wrong.body).toContain('value="typed"');
  expect((await change({ model: 'no-such-model', position: 1 })).status).toBe(404);
});

it('sets the default for chat and for images, over a restart, and lets it be chosen automatically again', async () => {
  await known();
  expect((await listed()).defaults.chat).toEqual({
    model: 'gpt-4o-mini',
    source: 'automatic',
    variable: null,
  });
  const form = await ana.form('/admin/models/default', { kind: 'chat', model: 'gpt-4o' });
  expect(form.location).toBe('/admin/models?default_saved=1');
  await setDefault({ kind: 'image', model: 'dall-e-3' });
  await restart();
  expect((await listed()).defaults).toMatchObject({
    chat: { model: 'gpt-4o', source: 'chosen' },
    image: { model: 'dall-e-3', source: 'chosen' },
  });
  expect((await offered())[0]).toMatchObject({ name: 'gpt-4o', default: true });
  const { id, reply } = await ben.begin({ content: 'Hello [[n=1]]' });
  await ben.ended(id, reply.id);
  expect(bench.model.calls().at(-1)?.body['model']).toBe('gpt-4o');
  expect((await setDefault({ kind: 'chat', model: 'dall-e-3' })).status).toBe(422);
  expect((await setDefault({ kind: 'chat' })).body).toMatchObject({
    model: 'gpt-4o-mini',
    source: 'automatic',
  });
});

it('shows what the environment sets as locked, with the name of the variable', async () => {
  await known();
  await setDefault({ kind: 'chat', model: 'gpt-4o-mini' });
  await restart({ OPENAI_CHAT_MODEL: 'gpt-4o', OPENAI_MODEL: 'dall-e-3' });
  expect((await listed()).defaults).toEqual({
    chat: { model: 'gpt-4o', source: 'environment', variable: 'OPENAI_CHAT_MODEL' },
    image: { model: 'dall-e-3', source: 'environment', variable: 'OPENAI_MODEL' },
  });
  expect((await ana.page('/admin/models')).body).toContain('OPENAI_CHAT_MODEL');
  const page = (await ana.page('/admin/models/edit?model=gpt-4o-mini')).body;
  expect(page).toContain('OPENAI_CHAT_MODEL');
  expect(page).not.toContain('action="/admin/models/default"');
  expect((await setDefault({ kind: 'chat', model: 'gpt-4o-mini' })).status).toBe(422);
});

it('is for administrators, and each change is told in the audit log', async () => {
  await known();
  for (const path of ['/admin/models/settings', '/admin/models/default'])
    expect((await ben.form(path, { model: 'gpt-4o', kind: 'chat' })).status).toBe(403);
  await change({ model: 'gpt-4o', hidden: true });
  await setDefault({ kind: 'chat', model: 'gpt-4o' });
  const entries = query<{ action: string; object_id: string }>(
    bench.salon.dir,
    "select action, object_id from audit_entries where action in ('model.change', 'model.default') and outcome = 'done'",
  );
  expect(entries).toEqual([
    { action: 'model.change', object_id: 'gpt-4o' },
    { action: 'model.default', object_id: 'gpt-4o' },
  ]);
});

it('shows two thousand models in pages, and finds one by words of its name or label', async () => {
  bench.model.setModels(manyModels(2000));
  await restart();
  const first = (await ana.page('/admin/models')).body;
  expect(first.length).toBeLessThan(150_000);
  expect(first).toContain('2000');
  expect(first).toContain('?page=2');
  await change({ model: 'elm/model-1999', label: 'Last of all' });
  const found = (await ana.page('/admin/models?q=all+LAST')).body;
  expect(found).toContain('elm/model-1999');
  expect(found).not.toContain('elm/model-1994');
  expect((await ana.page('/admin/models?page=999')).status).toBe(200);
  expect((await ana.page('/admin/models?q=nothing-like-this')).body).toContain('No model matches');
});
