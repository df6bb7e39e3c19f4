import { expect, it } from 'vitest';
import type { Person } from '../support/chat.ts';
import { json, type ModelServer } from '../support/model-server.ts';
import { setUpChat } from '../support/set-up.ts';

let ana: Person;
let model: ModelServer;
setUpChat(({ bench, ana: person }) => {
  ana = person;
  model = bench.model;
});

const lastBody = () => model.calls().at(-1)?.body;
const field = (page: string, name: string) =>
  new RegExp(`<input[^>]*\\bname="${name}"[^>]*>`).exec(page)?.[0];

async function answered(id: string, question: string) {
  const { reply } = await ana.ask(id, question);
  return ana.ended(id, reply.id);
}

it('keeps what a form sets, and sends it; a blank field is what the server does', async () => {
  const { id } = await ana.begin({ model: 'gpt-4o' });
  await ana.call('PATCH', `/conversations/${id}`, { effort: 'fast' });
  const saved = await ana.form(`/conversations/${id}`, { temperature: '0,3', top_p: '', max_tokens: '900' });
  expect(saved.status).toBe(303);
  expect((await ana.read(id)).parameters).toEqual({ effort: 'fast', temperature: 0.3, max_tokens: 900 });
  await answered(id, 'With settings');
  expect(lastBody()).toMatchObject({ temperature: 0.3, max_tokens: 900 });
  expect(lastBody()).not.toHaveProperty('top_p');
  const page = (await ana.page(`/conversations/${id}`)).body;
  expect(field(page, 'temperature')).toContain('value="0.3"');
  expect(field(page, 'top_p')).toContain('value=""');
  await ana.form(`/conversations/${id}`, { temperature: '', top_p: '', max_tokens: '' });
  expect((await ana.read(id)).parameters).toEqual({ effort: 'fast' });
});

it('changes one of them by JSON and leaves the others', async () => {
  const { id } = await ana.begin({ model: 'gpt-4o' });
  await ana.call('PATCH', `/conversations/${id}`, { temperature: 1.5, top_p: 0.9 });
  const { body } = await ana.call('PATCH', `/conversations/${id}`, { temperature: null, max_tokens: 50 });
  expect(body).toMatchObject({ parameters: { top_p: 0.9, max_tokens: 50 } });
  const wrong = await ana.call('PATCH', `/conversations/${id}`, { temperature: 3 });
  expect(wrong.status).toBe(422);
  expect((await ana.call('PATCH', `/conversations/${id}`, { max_tokens: 1.5 })).status).toBe(422);
  expect((await ana.read(id)).parameters).toEqual({ top_p: 0.9, max_tokens: 50 });
});

it('draws the form again with what was typed when a value is wrong', async () => {
  const { id } = await ana.begin({ model: 'gpt-4o' });
  const failed = await ana.form(`/conversations/${id}`, { temperature: '7', top_p: '0.5' });
  expect(failed.status).toBe(422);
  expect(failed.body).toContain('Choose a number from');
  expect(field(failed.body, 'temperature')).toMatch(/value="7"[^]*aria-invalid="true"/);
  expect(field(failed.body, 'top_p')).toContain('value="0.5"');
  expect(failed.body).toMatch(/id="conversation-settings">/);
  expect((await ana.read(id)).parameters).toEqual({});
});

it('offers only what the model takes, as its server has taught', async () => {
  const { id } = await ana.begin({ model: 'gpt-4o-mini' });
  model.script(({ request, response }) => {
    if (request.path !== '/v1/chat/completions' || request.body['temperature'] === undefined) return false;
    const error = { message: "Unsupported value: 'temperature'", param: 'temperature' };
    json(response, 400, { error });
    return true;
  });
  await ana.call('PATCH', `/conversations/${id}`, { temperature: 0.5 });
  expect(await answered(id, 'Refused once')).toMatchObject({ status: 'complete' });
  const page = (await ana.page(`/conversations/${id}`)).body;
  expect(field(page, 'temperature')).toBeUndefined();
  expect(field(page, 'top_p')).toBeDefined();
  expect(field(page, 'max_tokens')).toBeDefined();
});

it('offers models that think no choice of words', async () => {
  const { id } = await ana.begin({ model: 'gpt-5.6-terra' });
  const page = (await ana.page(`/conversations/${id}`)).body;
  expect(field(page, 'temperature')).toBeUndefined();
  expect(field(page, 'max_tokens')).toBeDefined();
});
