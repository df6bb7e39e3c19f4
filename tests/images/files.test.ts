import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { query } from '../support/database.ts';
import { startSalon, type Agent, type Salon } from '../support/salon.ts';

let salon: Salon;
let ana: Agent;
let url: string;
let whole: Buffer;
beforeAll(async () => {
  salon = await startSalon();
  ana = await salon.signUp('Ana');
  const made = await ana.post('/generate_image').send({ prompt: 'a red boat on a green sea' }).expect(200);
  url = made.body.image_url as string;
  whole = (await ana.get(url).expect(200)).body as Buffer;
});
afterAll(() => salon.close());

it('sends the file as it was saved, private, with its length', async () => {
  const { headers, body } = await ana.get(url).expect(200);
  expect(headers).toMatchObject({ 'content-type': 'image/png', 'accept-ranges': 'bytes' });
  expect(headers['cache-control']).toMatch(/^private, max-age=\d+, immutable$/);
  expect(headers['vary']).toContain('Cookie');
  expect(Number(headers['content-length'])).toBe((body as Buffer).length);
  const [row] = query(
    salon.dir,
    'select f.bytes, i.width, i.height from images i join files f on f.id = i.file_id',
  );
  expect(row).toEqual({ bytes: whole.length, width: 1024, height: 1024 });
  expect(await sharp(whole).metadata()).toMatchObject({ width: 1024, height: 1024, format: 'png' });
});

it('saves it under its own name when asked to', async () => {
  const { headers } = await ana.get(`${url}?download=1`).expect(200);
  expect(headers['content-disposition']).toBe(`attachment; filename="${url.split('/').at(-1)}"`);
});

it('says 304 to who has it already', async () => {
  const etag = String((await ana.get(url)).headers['etag']);
  await ana.get(url).set('if-none-match', etag).expect(304);
  await ana.get(url).set('if-none-match', `W/${etag}`).expect(304);
  await ana.get(url).set('if-none-match', '"other"').expect(200);
  const small = String((await ana.get(`${url}?w=64`)).headers['etag']);
  expect(small).not.toBe(etag);
});

it('sends the parts that are asked for', async () => {
  const size = whole.length;
  const ranges: [string, number, number][] = [
    ['bytes=0-0', 0, 1],
    ['bytes=10-19', 10, 20],
    ['bytes=-5', size - 5, size],
    [`bytes=${size - 3}-`, size - 3, size],
    [`bytes=0-${size + 1000}`, 0, size],
  ];
  for (const [range, start, end] of ranges) {
    const answer = await ana.get(url).set('range', range).expect(206);
    expect(answer.headers['content-range']).toBe(`bytes ${start}-${end - 1}/${size}`);
    expect((answer.body as Buffer).equals(whole.subarray(start, end))).toBe(true);
  }
  const beyond = await ana.get(url).set('range', `bytes=${size}-`).expect(416);
  expect(beyond.headers['content-range']).toBe(`bytes */${size}`);
  for (const odd of ['bytes=5-2', 'lines=1-2', 'bytes=a-b', 'bytes=0-1,5-6', 'bytes=']) {
    const answer = await ana.get(url).set('range', odd);
    expect([odd, [200, 416].includes(answer.status)]).toEqual([odd, true]);
  }
  const head = await ana.head(url).expect(200);
  expect(Number(head.headers['content-length'])).toBe(size);
});

it('sends smaller copies that keep the shape and are never larger than the image', async () => {
  const sizes: [string, number, number, string][] = [
    ['w=256', 256, 256, 'webp'],
    ['h=100', 128, 128, 'webp'],
    ['w=300&h=50', 64, 64, 'webp'],
    ['w=1', 32, 32, 'webp'],
    ['w=1025', 1024, 1024, 'webp'],
    ['w=2048', 1024, 1024, 'webp'],
    ['w=64&format=jpeg', 64, 64, 'jpeg'],
    ['w=64&format=avif', 64, 64, 'heif'],
    ['w=64&format=png', 64, 64, 'png'],
    ['format=webp', 1024, 1024, 'webp'],
  ];
  for (const [asked, width, height, format] of sizes) {
    const answer = await ana.get(`${url}?${asked}`).expect(200);
    expect([asked, await sharp(answer.body as Buffer).metadata()]).toEqual([
      asked,
      expect.objectContaining({ width, height, format }),
    ]);
    expect(answer.headers['content-security-policy']).toContain('sandbox');
  }
});

it('keeps a smaller copy, also when it is asked for many times at once', async () => {
  const answers = await Promise.all(Array.from({ length: 10 }, () => ana.get(`${url}?w=77`).expect(200)));
  for (const { body } of answers) expect((body as Buffer).equals(answers[0]?.body as Buffer)).toBe(true);
  const names = await readdir(join(salon.dir, 'data', 'renditions'));
  expect(names.filter((name) => name.includes('-128x0.'))).toHaveLength(1);
  expect(names.filter((name) => name.endsWith('.part'))).toEqual([]);
});

it('refuses sizes and formats that it does not make', async () => {
  for (const asked of [
    'w=0',
    'w=-1',
    'w=2049',
    'w=1.5',
    'w=x',
    'h=99999',
    'format=svg',
    'format=gif',
    'w=1&w=2',
    'format=png&format=webp',
  ])
    expect([asked, (await ana.get(`${url}?${asked}`)).status]).toEqual([asked, 422]);
});

it('nobody but the owner opens an image or a copy of it, and nobody after it was deleted', async () => {
  const bea = await salon.signUp('Bea');
  for (const path of [url, `${url}?w=64`, `${url}?w=64&format=webp`, `${url}?download=1`]) {
    await bea.get(path).expect(404);
    await bea.get(path).set('accept', 'text/html').expect(404);
    await salon.anonymous().get(path).expect(401);
    await salon.anonymous().get(path).set('accept', 'text/html').expect(302);
  }
  const [row] = query<{ id: string }>(salon.dir, 'select id from images');
  const etag = String((await ana.get(url)).headers['etag']);
  await ana.delete(`/images/${row?.id}`).expect(204);
  await ana.get(url).expect(404);
  await ana.get(url).set('if-none-match', etag).expect(404);
  await ana.get(`${url}?w=64`).expect(404);
  await ana.post(`/images/${row?.id}/restore`).expect(200);
  await ana.get(url).expect(200);
});

it('no name reaches another file', async () => {
  const names = [
    ...[
      '..%2f..%2fdata%2fsalon.db',
      '%2e%2e%2fsalon.db',
      '..%5c..%5csalon.db',
      '....%2f%2fsalon.db',
      '%00.png',
      'x%00.png',
    ],
    ...[
      '%252e%252e%252fsalon.db',
      '%2fetc%2fpasswd',
      'C:%5cWindows%5cwin.ini',
      '%c0%ae%c0%ae%2fpasswd.png',
      '.env',
      '.png',
      `${'x'.repeat(5000)}.png`,
    ],
  ];
  for (const name of names) {
    const { status, body } = await ana.get(`/images/${name}`);
    expect([name, [400, 404].includes(status)]).toEqual([name, true]);
    expect(JSON.stringify(body)).not.toContain('SQLite');
  }
});

it('says 404 for an image whose file is gone or damaged, and lives on', async () => {
  const made = await ana.post('/generate_image').send({ prompt: 'to be lost' }).expect(200);
  const lost = made.body.image_url as string;
  const [row] = query<{ place: string }>(
    salon.dir,
    'select f.place from images i join files f on f.id = i.file_id where i.filename = ?',
    lost.split('/').at(-1),
  );
  const path = join(salon.dir, 'images', String(row?.place));
  await writeFile(path, 'no image any more');
  await ana.get(`${lost}?w=51`).expect(404);
  await rm(path);
  await ana.get(lost).expect(404);
  await ana.get(`${lost}?w=50`).expect(404);
  await ana.get('/images').expect(200);
});
