import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually, settingsFor, signUpAt, type Person } from '../support/chat.ts';
import { startModelServer, type ModelServer } from '../support/model-server.ts';
import { startSalon, type Salon } from '../support/salon.ts';
import { attach } from './setup.ts';

let model: ModelServer;
let salon: Salon;
let ana: Person;
beforeAll(async () => {
  const capabilities = (vision: boolean) => ({ completion_chat: true, vision });
  const data = [
    { id: 'blind-model', capabilities: capabilities(false) },
    { id: 'seeing-model', capabilities: capabilities(true) },
  ];
  model = await startModelServer({ models: { object: 'list', data } });
  salon = await startSalon(settingsFor(model));
  ana = await signUpAt(salon.url, 'Ana');
  await eventually(async () => {
    const { body } = await ana.call<object>('GET', '/models');
    return JSON.stringify(body).includes('blind-model') || undefined;
  });
});
afterAll(async () => {
  await salon.close();
  await model.close();
});

const photo = () =>
  sharp({ create: { width: 40, height: 30, channels: 3, background: '#446688' } })
    .png()
    .toBuffer();

it('refuses an image for a model that cannot see, before anything is stored or paid', async () => {
  const { body } = await attach(ana, await photo(), 'boat.png');
  const fields = { content: 'What is this?', model: 'blind-model', attachments: [body.id] };
  const refused = await ana.call<{ code: string; error: string }>('POST', '/conversations', fields);
  expect([refused.status, refused.body.code]).toEqual([422, 'model_without_vision']);
  expect(refused.body.error).toContain('blind-model');
  expect(model.calls()).toEqual([]);
  const { conversations } = (await ana.call<{ conversations: object[] }>('GET', '/conversations')).body;
  expect(conversations).toEqual([]);
});

it('tells a model that cannot see that there was an image, when it takes over a conversation', async () => {
  const { body } = await attach(ana, await photo(), 'boat.png');
  const begun = await ana.begin({ content: 'What is this?', model: 'seeing-model', attachments: [body.id] });
  await ana.ended(begun.id, begun.reply.id);
  const next = await ana.ask(begun.id, 'Go on.', { model: 'blind-model' });
  await ana.ended(begun.id, next.reply.id);
  const messages = model.calls().at(-1)?.body['messages'] as { content: string }[];
  expect(messages[0]?.content).toBe('[Image “boat.png”, which you cannot see]\n\nWhat is this?');
});
