import { afterAll, beforeAll, expect, it } from 'vitest';
import { query } from '../support/database.ts';
import { startModelServer, type ModelServer } from '../support/model-server.ts';
import { cookieOf, rawRequest, type RawAnswer } from '../support/raw-http.ts';
import { listRoutes } from '../support/routes.ts';
import { startSalon, type Salon } from '../support/salon.ts';
import { waitFor } from '../support/wait.ts';
import { accessRules } from './access-rules.ts';

let salon: Salon;
let server: ModelServer;
let routes: string[];
/** Things of the victim, by the parameter that names them. */
let things: { path: RegExp; theirs: string; never: string }[];
let thief: string;

const never = '0'.repeat(26);
beforeAll(async () => {
  server = await startModelServer();
  salon = await startSalon({ OPENAI_BASE_URL: server.baseUrl, OPENAI_API_KEY: 'test-key' });
  routes = await listRoutes();
  const victim = await salon.signUp('Victim');
  const signedUp = await salon
    .anonymous()
    .post('/register')
    .send({ username: 'Thief', password: 'correct horse 1' });
  thief = cookieOf(signedUp.headers);
  await victim.post('/generate_code').send({ prompt: 'canary question' }).expect(200);
  await victim.post('/settings/keys').send({ name: 'canary key' }).expect(201);
  const made = await victim.post('/generate_image').send({ prompt: 'canary image' }).expect(200);
  const filename = String(made.body.image_url).split('/').at(-1) ?? '';
  await victim.post('/settings/keys').send({ name: 'canary key' }).expect(201);
  const idOf = (sql: string) => String(query<{ id: string }>(salon.dir, sql)[0]?.id);
  await victim.post('/generate_image').send({ prompt: 'canary in the trash' }).expect(200);
  const trashedImage = idOf("select id from images where prompt = 'canary in the trash'");
  await victim.delete(`/images/${trashedImage}`).expect(204);
  const emptied = await victim.post('/conversations').send({ title: 'canary in the trash' }).expect(201);
  const trashedConversation = String(emptied.body.id);
  await victim.delete(`/conversations/${trashedConversation}`).expect(204);
  const drafted = await victim.put('/draft').send({ content: 'canary draft' }).expect(200);
  const attached = await victim.post('/attachments').attach('file', Buffer.from('canary file'), 'canary.txt');
  query(
    salon.dir,
    `insert into pending_posts select '${'1'.repeat(26)}', id, '/images', '[["prompt","canary"]]', ? from users where username = 'Victim'`,
    Date.now(),
  );
  const today = new Date().toISOString().slice(0, 10);
  const brought = await victim
    .post('/import')
    .set('accept', 'application/json')
    .attach('file', Buffer.from('[]'), 'canary.json')
    .expect(202);
  const importJob = `/jobs/${String(brought.body.job.id)}`;
  await waitFor(async () => (await victim.get(importJob)).body.status === 'failed');
  things = [
    { path: /^\/import\/:id/, theirs: idOf('select id from imports'), never },
    {
      path: /^\/(conversations|interact_history)\/:id/,
      theirs: idOf('select id from conversations where deleted_at is null'),
      never,
    },
    { path: /^\/replies\/:id/, theirs: idOf("select id from messages where role = 'assistant'"), never },
    { path: /^\/messages\/:id/, theirs: idOf("select id from messages where role = 'user'"), never },
    { path: /^\/messages\/:id/, theirs: idOf("select id from messages where role = 'assistant'"), never },
    { path: /^\/images\/:(id|name)/, theirs: idOf('select id from images where deleted_at is null'), never },
    { path: /^\/images\/:name/, theirs: filename, never: 'generated_image_20200101_000000_abcdefgh.png' },
    {
      path: /^\/images\/:name/,
      theirs: `${filename}?w=64&format=webp`,
      never: 'generated_image_20200101_000000_abcdefgh.png?w=64&format=webp',
    },
    { path: /^\/attachments\/:id/, theirs: String(attached.body.id), never },
    { path: /^\/trash\/:id/, theirs: trashedImage, never },
    { path: /^\/trash\/:id/, theirs: trashedConversation, never },
    { path: /^\/(images|conversations)\/:id\/restore/, theirs: trashedImage, never },
    { path: /^\/resume\/:id/, theirs: '1'.repeat(26), never },
    { path: /^\/drafts\/:id/, theirs: String(drafted.body.draft.id), never },
    { path: /^\/jobs\/:id/, theirs: idOf('select id from jobs'), never },
    { path: /^\/settings\/sessions\/:id/, theirs: idOf('select public_id as id from sessions'), never },
    { path: /^\/settings\/keys\/:id/, theirs: idOf('select id from api_keys'), never },
    {
      path: /^\/settings\/sessions\/:id/,
      theirs: idOf('select public_id as id from sessions order by created_at'),
      never,
    },
    { path: /^\/settings\/keys\/:id/, theirs: idOf('select id from api_keys'), never },
    { path: /^\/chatlog\/:date\/:index/, theirs: `${today}/0`, never: '2020-01-01/0' },
  ];
});
afterAll(async () => {
  await salon.close();
  await server.close();
});

function send(route: string, path: string, options: { cookie?: string; accept: string }): Promise<RawAnswer> {
  const [method = ''] = route.split(' ');
  const body = accessRules[route]?.body;
  return rawRequest(salon.url, {
    method,
    path,
    headers: {
      accept: options.accept,
      ...(options.cookie ? { cookie: options.cookie } : {}),
      ...(body
        ? {
            'content-type':
              options.accept === 'text/html' ? 'application/x-www-form-urlencoded' : 'application/json',
          }
        : {}),
    },
    body:
      body &&
      (options.accept === 'text/html'
        ? new URLSearchParams(body as Record<string, string>).toString()
        : JSON.stringify(body)),
  });
}

const content = () =>
  JSON.stringify(
    ['conversations', 'messages', 'drafts', 'jobs', 'images', 'users', 'sessions', 'api_keys'].map((table) =>
      query(salon.dir, `select * from ${table}`),
    ),
  );
const pathOf = (route: string) => route.split(' ')[1] ?? '';
const neutral = ({ text, headers, status }: RawAnswer) => ({
  status,
  type: headers['content-type'],
  names: Object.keys(headers).sort(),
  text: text.replaceAll(String(headers['x-request-id']), 'ID'),
});

it('knows every route of the app', () => {
  expect(routes.filter((route) => !(route in accessRules))).toEqual([]);
  expect(Object.keys(accessRules).filter((route) => !routes.includes(route))).toEqual([]);
});

it('what belongs to another person answers exactly like what never existed', async () => {
  const before = content();
  let tried = 0;
  for (const [route, { may }] of Object.entries(accessRules)) {
    if (may !== 'own') continue;
    const known = things.filter(({ path }) => path.test(pathOf(route)));
    expect([route, known.length > 0]).toEqual([route, true]);
    for (const thing of known) {
      const fill = (value: string) => pathOf(route).replace(/:date\/:index|:\w+/, value);
      for (const accept of ['application/json', 'text/html']) {
        const [theirs, none] = [
          await send(route, fill(thing.theirs), { cookie: thief, accept }),
          await send(route, fill(thing.never), { cookie: thief, accept }),
        ];
        expect([route, accept, theirs.status]).toEqual([route, accept, 404]);
        expect(neutral(theirs)).toEqual(neutral(none));
        expect(theirs.text).not.toContain('canary');
        tried += 1;
      }
    }
  }
  expect(tried).toBeGreaterThan(40);
  expect(content()).toBe(before);
  expect(server.calls()).toHaveLength(3);
});

it('HEAD tells no more than GET', async () => {
  for (const { path, theirs } of things) {
    const route = Object.keys(accessRules).find((one) => one.startsWith('GET ') && path.test(pathOf(one)));
    if (!route) continue;
    const target = pathOf(route).replace(/:date\/:index|:\w+/, theirs);
    const answer = await rawRequest(salon.url, { method: 'HEAD', path: target, headers: { cookie: thief } });
    expect([target, answer.status]).toEqual([target, 404]);
  }
});

it('lets nobody in who is not signed in: pages lead to sign-in, JSON says 401', async () => {
  const before = content();
  for (const [route, rule] of Object.entries(accessRules)) {
    if (rule.may === 'open') continue;
    const [method = '', pattern = ''] = route.split(' ');
    const thing = things.find(({ path }) => path.test(pattern));
    const path = pattern.replace(/:date\/:index|:\w+/, thing?.theirs ?? never);
    const json = await send(route, path, { accept: 'application/json' });
    expect([route, json.status, (JSON.parse(json.text) as { code: string }).code]).toEqual([
      route,
      401,
      'unauthorized',
    ]);
    const page = await send(route, path, { accept: 'text/html' });
    if (rule.json) {
      expect([route, page.status, page.headers['content-type']]).toEqual([
        route,
        401,
        expect.stringContaining('json'),
      ]);
      continue;
    }
    const login = method === 'GET' && path !== '/' ? `/login?next=${encodeURIComponent(path)}` : '/login';
    expect([route, page.status, page.headers.location]).toEqual([route, method === 'GET' ? 302 : 303, login]);
  }
  expect(content()).toBe(before);
});

it('other spellings of a path open no other door', async () => {
  for (const path of [
    '/IMAGES',
    '/images/',
    '//images',
    '/%69mages',
    '/Conversations',
    '/settings/',
    '/./images',
    '/jobs/../images',
  ]) {
    const { status } = await rawRequest(salon.url, { path, headers: { accept: 'application/json' } });
    expect([path, [401, 404].includes(status)]).toEqual([path, true]);
  }
  const override = await rawRequest(salon.url, {
    method: 'POST',
    path: '/settings?_method=GET',
    headers: { 'x-http-method-override': 'GET', accept: 'application/json' },
  });
  expect(override.status).toBe(401);
});

it('lists hold only own things, whatever the query says', async () => {
  const [victim] = query<{ id: string }>(salon.dir, "select id from users where username = 'Victim'");
  for (const path of ['/conversations', '/images', '/history', '/chatlog', '/'])
    for (const accept of ['application/json', 'text/html']) {
      const asked = `${path}?user=${victim?.id}&owner=${victim?.id}&owner_id=${victim?.id}&all=1&username=Victim`;
      const { text, status } = await rawRequest(salon.url, {
        path: asked,
        headers: { accept, cookie: thief },
      });
      expect([path, status, text.includes('canary')]).toEqual([path, 200, false]);
    }
});

it('foreign ids in the body reach neither the database nor the model server', async () => {
  const mine = await salon
    .anonymous()
    .post('/conversations')
    .set('cookie', thief)
    .send({ title: 'Mine' })
    .expect(201);
  const [theirs] = query<{ id: string }>(salon.dir, "select id from messages where role = 'assistant'");
  const calls = server.calls().length;
  const body = { content: 'what was said before?', parent_id: theirs?.id };
  await salon
    .anonymous()
    .post(`/conversations/${mine.body.id}/messages`)
    .set('cookie', thief)
    .send(body)
    .expect(404);
  expect(server.calls()).toHaveLength(calls);
});
