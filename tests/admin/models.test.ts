import { expect, it } from 'vitest';
import { json } from '../support/model-server.ts';
import type { Person } from '../support/chat.ts';
import { setUpPeople, type Bench } from '../support/set-up.ts';

type Learned = {
  server: string;
  provider_id: string;
  model: string;
  field: string;
  instead: string | null;
  words: string;
};
type ModelsJson = { models: { name: string; kind: string }[]; learned: Learned[] };

let bench: Bench;
let ana: Person;
let ben: Person;
setUpPeople(['Ana', 'Ben'], (...opened) => ([bench, ana, ben] = opened));

function refuseTemperature() {
  bench.model.script(({ request, response }) => {
    if (request.body['temperature'] === undefined) return false;
    json(response, 400, { error: { message: 'No, test-key.', param: 'temperature' } });
    return true;
  });
}

async function askWarm(person: Person) {
  const { id } = await person.begin({ title: 'Warm' });
  await person.call('PATCH', `/conversations/${id}`, { parameters: { temperature: 0.7 } });
  const { reply } = await person.ask(id, '[[n=2]]');
  return person.ended(id, reply.id);
}

const models = async () => (await ana.call<ModelsJson>('GET', '/admin/models')).body;

it('shows what was learned, keeps it over a restart, and forgets it on request', async () => {
  refuseTemperature();
  expect((await askWarm(ben)).status).toBe('complete');
  const [learned] = (await models()).learned;
  expect(learned).toMatchObject({ model: 'gpt-4o-mini', field: 'temperature', instead: null });
  expect(learned?.words).toContain('No,');
  expect(learned?.words).not.toContain('test-key');
  expect(learned?.server).toBe(new URL(bench.model.url).host);

  const page = await ana.page('/admin/models');
  expect(page.body).toContain('<code>temperature</code>');

  await askWarm(ben);
  expect(bench.model.calls()).toHaveLength(3);

  const { provider_id, model, field } = learned ?? {};
  const form = { provider_id: provider_id ?? '', model: model ?? '', field: field ?? '' };
  expect((await ana.form('/admin/models/forget', form)).location).toBe('/admin/models?forgotten=1');
  expect((await models()).learned).toEqual([]);
  expect((await ana.form('/admin/models/forget', form)).status).toBe(404);
  await askWarm(ben);
  expect(bench.model.calls()).toHaveLength(5);
});

it('is for administrators, and lists what the server offers', async () => {
  expect((await ben.page('/admin/models')).status).toBe(403);
  expect((await ben.form('/admin/models/forget', {})).status).toBe(403);
  const names = (await models()).models.map(({ name }) => name);
  expect(names).toContain('gpt-4o');
});
