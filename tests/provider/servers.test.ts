import { expect, it } from 'vitest';
import { query } from '../support/database.ts';
import { startModelServer } from '../support/model-server.ts';
import { startSalon } from '../support/salon.ts';
import { personAt, settingsFor, signUpAt } from '../support/chat.ts';
import { cleanUpAfterEach, openProvider, paint } from './setup.ts';

const cleanUp = cleanUpAfterEach();
async function openServer() {
  const server = await startModelServer();
  cleanUp.push(server.close);
  return server;
}

it('images go to the server that the settings name for them, chat to the other', async () => {
  const [forChat, forImages] = [await openServer(), await openServer()];
  const { provider } = openProvider(
    {
      OPENAI_BASE_URL: forChat.baseUrl,
      OPENAI_API_KEY: 'sk-chat-1234567890',
      OPENAI_IMAGE_BASE_URL: forImages.baseUrl,
      OPENAI_IMAGE_API_KEY: 'sk-image-1234567890',
    },
    cleanUp,
  );
  await provider.refreshModels();
  expect((await paint(provider, 'A red fox')).images).toHaveLength(1);
  const signal = new AbortController().signal;
  await provider.chat({ turns: [{ role: 'user', content: 'Hi' }] }, { signal, onText: () => undefined });
  expect(forChat.calls().map(({ path }) => path)).toEqual(['/v1/chat/completions']);
  expect(forImages.calls().map(({ path }) => path)).toEqual(['/v1/images/generations']);
  expect(forChat.requests.every(({ headers }) => headers.authorization === 'Bearer sk-chat-1234567890')).toBe(
    true,
  );
  expect(
    forImages.requests.every(({ headers }) => headers.authorization === 'Bearer sk-image-1234567890'),
  ).toBe(true);
});

it('lists the chat models of one and the image models of the other', async () => {
  const [forChat, forImages] = [await openServer(), await openServer()];
  forImages.setModels({ data: [{ id: 'sdxl-turbo' }, { id: 'llama' }] });
  const env = { OPENAI_BASE_URL: forChat.baseUrl, OPENAI_IMAGE_BASE_URL: forImages.baseUrl };
  const list = await openProvider(env, cleanUp).provider.refreshModels();
  const of = (kind: string) => list.models.filter((model) => model.kind === kind).map(({ name }) => name);
  expect(of('image')).toEqual(['sdxl-turbo']);
  expect(of('chat')).toEqual(['gpt-4o-mini', 'gpt-4o']);
  expect(list.defaultImage).toBe('sdxl-turbo');
});

it('a row of a server is never given to another: who answered before stays who it was', async () => {
  const [first, second] = [await openServer(), await openServer()];
  const salon = await startSalon(settingsFor(first));
  cleanUp.push(() => salon.close());
  const ana = await signUpAt(salon.url, 'Ana');
  const one = await ana.begin({ content: '[[n=1]]' });
  await ana.ended(one.id, one.reply.id);
  await salon.restart(settingsFor(second));
  const again = personAt(salon.url, ana.cookie);
  const two = await again.begin({ content: '[[n=1]]' });
  await again.ended(two.id, two.reply.id);
  const rows = query<{ base_url: string; messages: number; entries: number }>(
    salon.dir,
    `select p.base_url, (select count(*) from messages m where m.provider_id = p.id) as messages,
       (select count(*) from ledger_entries l where l.provider_id = p.id) as entries
     from providers p order by p.created_at`,
  );
  expect(rows).toEqual([
    { base_url: first.baseUrl, messages: 1, entries: 1 },
    { base_url: second.baseUrl, messages: 1, entries: 1 },
  ]);
});
