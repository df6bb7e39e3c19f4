import { expect, it } from 'vitest';
import type { Person } from '../support/chat.ts';
import { query } from '../support/database.ts';
import { setUpPeople, type Bench } from '../support/set-up.ts';
import { images } from '../usage/setup.ts';

let bench: Bench;
let ana: Person;
let ben: Person;
setUpPeople(['Ana', 'Ben'], (...opened) => ([bench, ana, ben] = opened));

/** A conversation in the trash. */
async function deleted(content: string) {
  const { id, message, reply } = await ana.begin({ content });
  await ana.ended(id, reply.id);
  await ana.call('DELETE', `/conversations/${id}`);
  return { id, message, reply };
}

it('leads from a hit in the trash to the message there, and after restoring to the same message', async () => {
  const { id, message, reply } = await deleted('Where do <b>plovers</b> nest?\nOn the ground? [[n=2]]');
  type Hits = { hits: { kind: string; url: string }[] };
  const { hits } = (await ana.call<Hits>('GET', '/search?q=plovers+in%3Atrash')).body;
  const urls = Object.fromEntries(hits.map(({ kind, url }) => [kind, url]));
  expect(urls).toEqual({
    title: `/trash/${id}`,
    message: `/trash/${id}?at=${message.id}#message-${message.id}`,
  });
  const { status, body } = await ana.page(`/trash/${id}?at=${message.id}`);
  expect(status).toBe(200);
  expect(body).toContain(`id="message-${message.id}"`);
  expect(body).toContain('Where do &lt;b&gt;plovers&lt;/b&gt; nest?\nOn the ground?');
  expect(body).toContain(`id="message-${reply.id}"`);
  expect(body).toContain(`action="/trash/${id}/delete"`);
  expect(body).toContain(`name="at" value="${message.id}"`);
  const restored = await ana.form(`/conversations/${id}/restore`, { at: message.id });
  expect([restored.status, restored.location]).toEqual([
    303,
    `/conversations/${id}?at=${message.id}#message-${message.id}`,
  ]);
  expect((await ana.page(`/trash/${id}`)).status).toBe(404);
});

it('shows the branch of the named message, and knows no message of another conversation', async () => {
  const { id, reply, message } = await ana.begin({ content: 'first [[n=1]]' });
  await ana.ended(id, reply.id);
  const edited = await ana.call<{ reply: { id: string } }>('POST', `/messages/${message.id}/edit`, {
    content: 'second [[n=1]]',
  });
  await ana.ended(id, edited.body.reply.id);
  await ana.call('DELETE', `/conversations/${id}`);
  const other = await deleted('other [[n=1]]');
  expect((await ana.page(`/trash/${id}`)).body).toContain('1. second');
  expect((await ana.page(`/trash/${id}?at=${reply.id}`)).body).toContain('1. first');
  expect((await ana.page(`/trash/${id}?at=${other.reply.id}`)).status).toBe(404);
});

it('shows nothing to others, nothing that is not in the trash, and nothing that is being deleted for good', async () => {
  const { id, message } = await deleted('Mine [[n=1]]');
  expect((await ben.page(`/trash/${id}`)).status).toBe(404);
  for (const path of [`/conversations/${id}`, `/conversations/${id}?at=${message.id}`])
    for (const person of [ana, ben]) expect((await person.page(path)).status).toBe(404);
  const alive = await ana.begin({ content: 'Alive [[n=1]]' });
  expect((await ana.page(`/trash/${alive.id}`)).status).toBe(404);
  query(bench.salon.dir, 'update conversations set purged_at = 1 where id = ?', id);
  expect((await ana.page(`/trash/${id}`)).status).toBe(404);
});

it('shows an image of the trash large, with its whole prompt', async () => {
  const prompt = `a boat ${'and another '.repeat(30)}at sea`;
  const [image] = (await images(ana, { prompt })).images as { id: string }[];
  const id = image?.id ?? '';
  await ana.call('DELETE', `/images/${id}`);
  const { status, body } = await ana.page(`/trash/${id}`);
  expect([status, body.includes(`<p class="trash-prompt" dir="auto">${prompt}</p>`)]).toEqual([200, true]);
  expect(body).toContain(`src="/trash/${id}/image?size=large"`);
  expect((await ana.page(`/trash/${id}/image?size=large`)).status).toBe(200);
  expect((await ana.call<{ url: string }>('GET', `/trash/${id}`)).body).toMatchObject({
    kind: 'image',
    url: `/trash/${id}`,
  });
});
