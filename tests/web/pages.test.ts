import { afterAll, beforeAll, expect, it } from 'vitest';
import { startSalon, type Agent, type Salon } from '../support/salon.ts';

// Under test a template that reads a name which its data does not have throws, so that its page answers 500.
let salon: Salon;
let ana: Agent;

beforeAll(async () => {
  salon = await startSalon();
  ana = await salon.signUp('Ana');
}, 60_000);
afterAll(() => salon.close());

const page = async (agent: Agent, path: string) => {
  const answer = await agent.get(path).set('accept', 'text/html');
  return [path, answer.status];
};
const filled = [
  '/',
  '/conversations',
  '/images',
  '/history',
  '/trash',
  '/settings',
  '/settings/keys',
  '/settings/usage',
  '/models',
];
const others = [
  '/settings/delete',
  '/admin',
  '/admin/people',
  '/admin/keys',
  '/admin/usage',
  '/admin/limits',
  '/admin/models',
  '/admin/models/edit?model=demo',
];
const rest = ['/admin/usage/prices', '/admin/usage?by=day', '/admin/audit', '/admin/backup'];

it('draws every page while there is nothing on it', async () => {
  for (const path of [...filled, ...others, ...rest]) expect(await page(ana, path)).toEqual([path, 200]);
}, 60_000);

it('draws every page with something on it', async () => {
  await ana.post('/generate_code').send({ prompt: 'a table' }).expect(200);
  const image = await ana.post('/generate_image').send({ prompt: 'a boat' }).expect(200);
  await ana.post('/settings/keys').send({ name: 'script' }).expect(201);
  const bea = await ana.post('/admin/people').send({ username: 'Bea' }).expect(201);
  await ana.post('/admin/keys').type('form').set('accept', 'text/html').send({ count: '2', max_uses: '1' });

  const { conversations } = (await ana.get('/conversations')).body;
  const { images } = (await ana.get('/images').query({ page: 1 })).body;
  const { days } = (await ana.get('/history')).body;
  const conversation = `/conversations/${conversations[0].id}`;
  const [question, answer] = (await ana.get(conversation)).body.messages;
  const found = [
    conversation,
    `${conversation}?write=1`,
    `${conversation}?at=${question.id}`,
    `${conversation}?before=${answer.id}`,
    `${conversation}?formatted=${answer.id}`,
    `/images/${images[0].id}`,
    '/images?fragment=options',
    ...days[0].entries.map(({ url }: { url: string }) => url),
    `/admin/people/${bea.body.person.id}`,
  ];
  expect(image.body.image_url).toMatch(/^\/images\//);
  for (const path of [...filled, ...others, ...rest, ...found])
    expect(await page(ana, path)).toEqual([path, 200]);
}, 120_000);

it('draws the trash with a conversation and an image in it, and the pages that offer to undo', async () => {
  const { conversations } = (await ana.get('/conversations')).body;
  const { images } = (await ana.get('/images').query({ page: 1 })).body;
  for (const path of [`/conversations/${conversations[0].id}`, `/images/${images[0].id}`]) {
    const answer = await ana.post(`${path}/delete`).set('accept', 'text/html').expect(303);
    expect(await page(ana, answer.headers.location ?? '')).toEqual([answer.headers.location, 200]);
  }
  for (const path of ['/trash', '/trash?empty=1', '/trash?done=one', '/history'])
    expect(await page(ana, path)).toEqual([path, 200]);
}, 60_000);

it('draws every form again with its faults', async () => {
  const forms = ['/conversations', '/images', '/settings', '/settings/password', '/settings/keys'];
  const more = ['/settings/delete', '/admin/people', '/admin/keys', '/admin/limits', '/admin/usage/prices'];
  const wrong = {
    theme: 'pink',
    n: 'many',
    count: 'many',
    max_uses: '',
    upload_mb: 'many',
    version: 'x',
  };
  for (const path of [...forms, ...more, '/admin/backup/schedule']) {
    const answer = await ana.post(path).type('form').set('accept', 'text/html').send(wrong);
    expect([path, answer.status, answer.type]).toEqual([path, expect.toBeOneOf([400, 422]), 'text/html']);
  }
  for (const path of ['/admin/audit?from=never', '/admin/usage?from=never'])
    expect(await page(ana, path)).toEqual([path, 422]);
}, 60_000);

it('draws every page of strangers', async () => {
  const stranger = salon.visitor();
  const goodbyes = ['/goodbye', '/goodbye?deletion=continues'];
  for (const path of ['/login', '/login?done=reset', '/register', '/register?key=abc', ...goodbyes])
    expect(await page(stranger, path)).toEqual([path, 200]);
  expect(await page(stranger, '/nowhere')).toEqual(['/nowhere', 404]);
  const refused = await stranger
    .post('/login')
    .type('form')
    .set('accept', 'text/html')
    .send({ username: 'x' });
  expect(refused.status).toBe(401);
  const unnamed = await stranger.post('/register').type('form').set('accept', 'text/html').send({});
  expect(unnamed.status).toBe(422);
}, 60_000);
