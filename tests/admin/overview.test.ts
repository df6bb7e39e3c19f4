import { expect, it } from 'vitest';
import type { Agent } from '../support/salon.ts';
import { setUpAgents } from '../support/set-up.ts';

let admin: Agent;
let ben: Agent;
setUpAgents(['Ana', 'Ben'], (...opened) => ([, admin, ben] = opened));

it('tells administrators how large and how many, as a page and as JSON', async () => {
  await ben.post('/generate_image').send({ prompt: 'a boat' }).expect(200);
  const { body } = await admin.get('/admin').set('accept', 'application/json').expect(200);
  expect(body).toMatchObject({
    version: expect.stringMatching(/^\d+\.\d+\.\d+/),
    people: 2,
    images: 1,
    database_bytes: expect.any(Number),
    image_bytes: expect.any(Number),
    model_server: { kind: 'demo', name: expect.any(String) },
  });
  expect(body.database_bytes).toBeGreaterThan(10_000);
  expect(body.image_bytes).toBeGreaterThan(100);
  expect(body.free_bytes).toBeGreaterThan(0);
  const page = await admin.get('/admin').set('accept', 'text/html').expect(200);
  expect(page.text).toContain('Administration');
  for (const url of ['/admin/people', '/admin/keys']) expect(page.text).toContain(`href="${url}"`);
});

it('shows the entry to administrators alone', async () => {
  const entry = 'href="/admin"';
  expect((await admin.get('/').set('accept', 'text/html').expect(200)).text).toContain(entry);
  expect((await ben.get('/').set('accept', 'text/html').expect(200)).text).not.toContain(entry);
  await ben.get('/admin').set('accept', 'text/html').expect(403);
});

it('leads every tab to a page that marks itself', async () => {
  const { text } = await admin.get('/admin').set('accept', 'text/html').expect(200);
  const tabs = text.slice(text.indexOf('class="tabs"'), text.indexOf('</nav>', text.indexOf('class="tabs"')));
  const urls = [...tabs.matchAll(/href="([^"]+)"/g)].map(([, url]) => String(url));
  expect(urls.length).toBeGreaterThan(2);
  for (const url of urls) {
    const page = await admin.get(url).set('accept', 'text/html').expect(200);
    expect(page.text).toContain(`href="${url}" aria-current="page"`);
  }
});
