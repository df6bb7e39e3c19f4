import { expect, it } from 'vitest';
import { query } from '../support/database.ts';
import { holdBack } from '../support/hold-back.ts';
import { json, type ModelServer } from '../support/model-server.ts';
import type { Agent, Salon } from '../support/salon.ts';
import { waitFor } from '../support/wait.ts';
import { setUpImages } from './setup.ts';

let salon: Salon;
let server: ModelServer;
let ana: Agent;
const { make, until, sentFor } = setUpImages((opened) => ({ salon, server, ana } = opened));

it('answers JSON at once with 202 and the job, and the images follow', async () => {
  const answer = await ana.post('/images').send({ prompt: 'one boat [[ms=100]]' }).expect(202);
  expect(answer.body.job).toEqual({
    id: expect.stringMatching(/^[0-9a-z]{26}$/),
    kind: 'image',
    progress: 0,
    position: 0,
    images: [],
    status: expect.stringMatching(/^(queued|running)$/),
    created_at: expect.stringMatching(/Z$/),
  });
  const job = await until(answer.body.job.id as string, 'complete');
  expect(job).toMatchObject({ progress: 100, images: [{ status: 'ready', prompt: 'one boat [[ms=100]]' }] });
  expect(job).not.toHaveProperty('error');
});

it('answers the form with 303 to the images, where the running job is shown', async () => {
  const form = {
    prompt: 'form boat',
    model: 'auto',
    size: '1024x1024',
    quality: 'auto',
    background: 'auto',
    format: 'png',
    n: '1',
  };
  const { release } = holdBack(server, 'form boat');
  const answer = await ana
    .post('/images')
    .type('form')
    .send({ ...form, client_id: 'form-1' })
    .expect(303);
  expect(answer.headers['location']).toBe('/images');
  const page = await ana.get('/images').set('accept', 'text/html').expect(200);
  expect(page.text).toContain('form boat');
  expect(page.text).toContain('http-equiv="refresh"');
  release();
  await waitFor(
    () =>
      query(salon.dir, "select 1 from jobs where input like '%form boat%' and status = 'complete'").length >
      0,
  );
  const done = await ana.get('/images').set('accept', 'text/html').expect(200);
  expect(done.text).not.toContain('http-equiv="refresh"');
});

it('names files by the UTC second and eight random characters, in a folder for each month', async () => {
  const { images } = await make({ prompt: 'named boat' });
  const [, day = '', time = ''] =
    /^generated_image_(\d{8})_(\d{6})_[a-z0-9]{8}\.png$/.exec(images[0]?.filename ?? '') ?? [];
  const at = Date.parse(
    `${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}T${time.slice(0, 2)}:${time.slice(2, 4)}:${time.slice(4)}Z`,
  );
  expect(Math.abs(Date.now() - at)).toBeLessThan(60_000);
  const [row] = query(
    salon.dir,
    'select f.place from images i join files f on f.id = i.file_id where i.filename = ?',
    images[0]?.filename,
  );
  expect(row?.['place']).toBe(`${day.slice(0, 4)}/${day.slice(4, 6)}/${images[0]?.filename}`);
});

it('makes of 20 images at once 20 files', async () => {
  const jobs = await Promise.all(Array.from({ length: 20 }, (_, i) => make({ prompt: `flock ${i}` })));
  expect(jobs.map(({ status }) => status)).toEqual(Array<string>(20).fill('complete'));
  const names = jobs.map(({ images }) => images[0]?.filename);
  expect(new Set(names).size).toBe(20);
  const answers = await Promise.all(names.map((name) => ana.get(`/images/${name}`).expect(200)));
  for (const { headers } of answers) expect(headers['content-type']).toBe('image/png');
});

it('makes n images in one call where the model can', async () => {
  const { images, status } = await make({ prompt: 'three boats', n: 3 });
  expect([status, images.length, new Set(images.map(({ filename }) => filename)).size]).toEqual([
    'complete',
    3,
    3,
  ]);
  expect(sentFor('three boats').map(({ body }) => body['n'])).toEqual([3]);
});

it('makes an image with a model that makes one at a time, and takes both dialects', async () => {
  for (const kind of ['', 'url']) {
    const prompt = `two boats [[${kind}]]`;
    const { images, status } = await make({
      prompt,
      model: 'dall-e-3',
      n: '1',
      size: '1792x1024',
      quality: 'hd',
    });
    expect([kind, status, images.length]).toEqual([kind, 'complete', 1]);
    expect(sentFor(prompt)).toHaveLength(1);
    expect(sentFor(prompt)[0]?.body).toMatchObject({ model: 'dall-e-3', size: '1792x1024', quality: 'hd' });
  }
});

it('ignores images beyond those asked for', async () => {
  const { images } = await make({ prompt: 'greedy server [[extra=2]]', n: 2 });
  expect(images).toHaveLength(2);
});

it('sends the format, background and quality that were asked for, and stores the image in that format', async () => {
  for (const [format, ending] of [
    ['webp', 'webp'],
    ['jpeg', 'jpg'],
    ['png', 'png'],
  ] as const) {
    const prompt = `a boat as ${format}`;
    const { images } = await make({ prompt, format, quality: 'low', background: 'opaque' });
    expect(images[0]?.filename).toMatch(new RegExp(`\\.${ending}$`));
    expect(sentFor(prompt)[0]?.body).toMatchObject({
      output_format: format,
      quality: 'low',
      background: 'opaque',
    });
    const file = await ana.get(images[0]?.image_url ?? '').expect(200);
    expect(file.headers['content-type']).toBe(`image/${format}`);
  }
});

it('shows what the model made of the prompt, and keeps what was typed', async () => {
  await make({ prompt: 'a plain boat [[revised=a_golden_boat]]' });
  const { body } = await ana.get('/images?limit=1').expect(200);
  expect(body.images[0]).toMatchObject({
    first_prompt: 'a plain boat [[revised=a_golden_boat]]',
    new_prompt: 'a_golden_boat',
    prompt: 'a_golden_boat',
  });
});

it('asks for compression and the filter where the model takes them, again too, and ignores them elsewhere', async () => {
  const asked = { compression: '0', moderation: 'low', format: 'webp' };
  const { id, images } = await make({ prompt: 'small boat [[err=400 times=1]]', ...asked });
  expect(images).toEqual([]);
  await ana.post(`/jobs/${id}/retry`).send({}).expect(200);
  await until(id, 'complete');
  expect(sentFor('small boat [[err=400 times=1]]').map(({ body }) => body)).toEqual([
    expect.objectContaining({ output_compression: 0, moderation: 'low' }),
    expect.objectContaining({ output_compression: 0, moderation: 'low' }),
  ]);
  const plain = await make({ prompt: 'plain boat', model: 'dall-e-3', ...asked, size: '1024x1024' });
  expect(plain.status).toBe('complete');
  const [sent] = sentFor('plain boat');
  expect(Object.keys(sent?.body ?? {}).filter((name) => name in asked || name.startsWith('output'))).toEqual(
    [],
  );
});

it('offers compression and the filter with the models that take them, without scripts too', async () => {
  const page = await ana.get('/images?compression=70&moderation=low&format=jpeg').set('accept', 'text/html');
  expect(page.text).toMatch(/name="compression"[^>]*value="70"/);
  expect(page.text).toMatch(/<option\s+value="low" selected/);
  const options = await ana.get('/images?fragment=options&model=dall-e-3').set('accept', 'text/html');
  expect(options.text).toContain('name="quality"');
  expect(options.text).not.toMatch(/name="(compression|moderation)"/);
});

it('offers a transparent background as a preview where it is one', async () => {
  const page = await ana.get('/images?fragment=options&model=gpt-image-2').set('accept', 'text/html');
  expect(page.text).toContain('Transparent (preview)');
  const other = await ana.get('/images?fragment=options&model=gpt-image-1.5').set('accept', 'text/html');
  expect(other.text).toContain('Transparent<');
});

it('says on the pages of an image that the server refused a transparent background', async () => {
  server.script(({ request, response }) => {
    if (request.body['background'] !== 'transparent') return false;
    const message = 'Transparent background is not supported for this model.';
    json(response, 400, { error: { message, param: 'background', code: 'unsupported_value' } });
    return true;
  });
  const { images } = await make({ prompt: 'glass boat', background: 'transparent' });
  expect(images).toMatchObject([{ background: 'opaque' }]);
  const [image] = query(salon.dir, "select id from images where prompt = 'glass boat'");
  const page = await ana
    .get(`/images/${String(image?.['id'])}`)
    .set('accept', 'text/html')
    .expect(200);
  expect(page.text).toContain('does not make transparent backgrounds with this model');
  server.script(() => false);
  const plain = await make({ prompt: 'wooden boat', background: 'opaque' });
  expect(plain.images).toMatchObject([{ background: 'opaque' }]);
  const [other] = query(salon.dir, "select id from images where prompt = 'wooden boat'");
  const without = await ana
    .get(`/images/${String(other?.['id'])}`)
    .set('accept', 'text/html')
    .expect(200);
  expect(without.text).not.toContain('does not make transparent backgrounds');
});
