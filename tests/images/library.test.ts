import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { query } from '../support/database.ts';
import type { Agent, Salon } from '../support/salon.ts';
import { setUpImages } from './setup.ts';

let salon: Salon;
let ana: Agent;
const COUNT = 27;
setUpImages((opened) => ({ salon, ana } = opened));
beforeAll(async () => {
  for (let i = 0; i < COUNT; i++)
    await ana
      .post('/generate_image')
      .send({ prompt: `image ${i}` })
      .expect(200);
  await ana.post('/generate_image').send({ prompt: 'failed [[none]]' }).expect(500);
});

const list = async (query = '', agent = ana) => (await agent.get(`/images${query}`).expect(200)).body;
const prompts = (body: { images: { first_prompt: string }[] }) =>
  body.images.map((image) => image.first_prompt);

it('lists images as JSON exactly in the shape of the contract, newest first, ten a page', async () => {
  const body = await list();
  expect(Object.keys(body)).toEqual(['status', 'images', 'page', 'limit', 'total_pages', 'total_images']);
  expect(body).toMatchObject({ status: 'success', page: 1, limit: 10, total_pages: 3, total_images: COUNT });
  expect(body.images[0]).toMatchObject({
    prompt: 'image 26',
    first_prompt: 'image 26',
    new_prompt: null,
    status: 'ready',
    image_url: expect.stringMatching(/^\/images\/generated_image_/),
    filename: expect.stringMatching(/\.png$/),
  });
  expect(prompts(body)).toEqual(Array.from({ length: 10 }, (_, i) => `image ${26 - i}`));
});

it('pages through all of them without gap or repeat', async () => {
  const pages = [
    await list('?page=1&limit=12'),
    await list('?page=2&limit=12'),
    await list('?page=3&limit=12'),
  ];
  expect(pages.flatMap(prompts)).toEqual(Array.from({ length: COUNT }, (_, i) => `image ${26 - i}`));
  expect(await list('?page=4&limit=12')).toMatchObject({ images: [], page: 4, total_images: COUNT });
});

it('bends page and limit into what there is instead of failing', async () => {
  const bent: [string, number, number][] = [
    ['?limit=1000', 1, 100],
    ['?limit=0', 1, 1],
    ['?limit=-5', 1, 1],
    ['?limit=2.5', 1, 2],
    ['?limit=x&page=y', 1, 10],
    ['?limit=1e999&page=1e999', 1, 100],
    ['?page=0', 1, 10],
    ['?page=-1&limit=', 1, 1],
    ['?page=1.5', 1, 10],
    ['?page=1&page=2&limit=3&limit=4', 1, 10],
    ["?page=1'--&limit=1;drop table images", 1, 10],
  ];
  for (const [query, page, limit] of bent)
    expect([query, await list(query)]).toMatchObject([query, { page, limit }]);
});

it('shows an empty library as one empty page', async () => {
  const bea = await salon.signUp('Bea');
  expect(await list('', bea)).toEqual({
    status: 'success',
    images: [],
    page: 1,
    limit: 10,
    total_pages: 1,
    total_images: 0,
  });
  const page = await bea.get('/images').set('accept', 'text/html').expect(200);
  expect(page.text).toContain('Your first image');
});

it('draws the library for browsers, a page at a time', async () => {
  const first = await ana.get('/images').set('accept', 'text/html').expect(200);
  expect(first.text).toContain('href="/images?page=2"');
  const second = await ana.get('/images?page=2').set('accept', 'text/html').expect(200);
  expect(second.text).toContain('image 0');
  expect(first.text).not.toMatch(/>image 0</);
});

it('shows one image as JSON and as a page', async () => {
  const { images } = await list('?limit=1');
  const json = await ana.get(`/images/${images[0].id}`).expect(200);
  expect(json.body).toEqual(images[0]);
  const page = await ana.get(`/images/${images[0].id}`).set('accept', 'text/html').expect(200);
  expect(page.text).toContain(`src="${images[0].image_url}"`);
});

it('changes title and favourite, by JSON and by form, and nothing else', async () => {
  const { images } = await list('?limit=1');
  const at = `/images/${images[0].id}`;
  const titled = await ana
    .patch(at)
    .send({ title: '  My\n boat\u202e ', prompt: 'other', owner_id: 'x' })
    .expect(200);
  expect(titled.body).toMatchObject({ title: 'My boat', favourite: false, prompt: images[0].prompt });
  expect((await ana.patch(at).send({ favourite: true }).expect(200)).body).toMatchObject({
    title: 'My boat',
    favourite: true,
  });
  await ana.post(at).type('form').send({ title: 'By form', favourite: '0' }).expect(303);
  expect((await ana.get(at).expect(200)).body).toMatchObject({ title: 'By form', favourite: false });
  expect((await ana.patch(at).send({ title: '' }).expect(200)).body).toMatchObject({ title: null });
  await ana.patch(at).send({ title: 7 }).expect(422);
  await ana.patch(at).send({ favourite: 'perhaps' }).expect(422);
  await ana.patch(at).send([]).expect(400);
});

it('puts a deleted image aside and brings it back, by JSON and by form', async () => {
  const { images } = await list('?limit=2');
  const [first, second] = images as { id: string; image_url: string }[];
  await ana.delete(`/images/${first?.id}`).expect(204);
  await ana.delete(`/images/${first?.id}`).expect(404);
  const deleted = await ana.post(`/images/${second?.id}/delete`).type('form').send('').expect(303);
  expect(deleted.headers['location']).toBe(`/images?deleted=${second?.id}`);
  const notice = await ana
    .get(deleted.headers['location'] as string)
    .set('accept', 'text/html')
    .expect(200);
  expect(notice.text).toContain(`action="/images/${second?.id}/restore"`);
  expect((await list()).total_images).toBe(COUNT - 2);
  await ana.patch(`/images/${first?.id}`).send({ title: 'x' }).expect(404);
  await ana.get(`/images/${first?.id}`).expect(404);
  await ana.post(`/images/${first?.id}/restore`).expect(200);
  await ana.post(`/images/${first?.id}/restore`).expect(404);
  await ana.post(`/images/${second?.id}/restore`).type('form').send('').expect(303);
  expect((await list()).total_images).toBe(COUNT);
  await ana.get(first?.image_url ?? '').expect(200);
});

it('keeps every image that is ready with its file, and no file without an image', async () => {
  const rows = query(
    salon.dir,
    `select i.status, i.filename, f.place, f.bytes, f.sha256, f.state
      from images i left join files f on f.id = i.file_id where i.status = 'ready'`,
  );
  expect(rows).toHaveLength(COUNT);
  for (const row of rows) expect(Object.values(row)).not.toContain(null);
  const entries = await readdir(join(salon.dir, 'images'), { recursive: true });
  const onDisk = entries.filter((name) => /\.\w+$/.test(name) && !name.startsWith('.'));
  expect(onDisk.sort()).toEqual(rows.map((row) => String(row['place'])).sort());
  const stray = 'select id from files where id not in (select file_id from images where file_id is not null)';
  expect(query(salon.dir, stray)).toEqual([]);
});
