import { afterAll, beforeAll, expect, it } from 'vitest';
import { startSalon, type Agent, type Salon } from '../support/salon.ts';

let salon: Salon;
let ana: Agent;
let image: string;
beforeAll(async () => {
  salon = await startSalon();
  ana = await salon.signUp('Ana');
  const made = await ana.post('/generate_image').send({ prompt: 'a red boat' }).expect(200);
  image = made.body.image_url as string;
});
afterAll(() => salon.close());

const policyOf = (header: string | undefined) =>
  Object.fromEntries(
    (header ?? '').split(';').map((part) => part.trim().split(/ (.*)/s).slice(0, 2) as [string, string]),
  );

async function everyKind() {
  const etag = (await ana.get(image)).headers['etag'] as string;
  return {
    page: await ana.get('/').set('accept', 'text/html').expect(200),
    signIn: await salon.anonymous().get('/login').expect(200),
    json: await ana.get('/conversations').expect(200),
    redirect: await salon.anonymous().get('/').set('accept', 'text/html').expect(302),
    unauthorized: await salon.anonymous().get('/images').expect(401),
    notFoundPage: await ana.get('/nowhere').set('accept', 'text/html').expect(404),
    notFoundJson: await ana.get('/nowhere').expect(404),
    badJson: await ana.post('/images').type('json').send('{"a":').expect(400),
    misdirected: await ana.get('/').set('host', 'evil.test').expect(421),
    crossSite: await ana.post('/images').set('sec-fetch-site', 'cross-site').expect(403),
    badMethod: await ana.trace('/').expect(405),
    asset: await salon.anonymous().get('/assets/css/app.css').expect(200),
    missingAsset: await salon.anonymous().get('/assets/css/none.css').expect(404),
    image: await ana.get(image).expect(200),
    unchanged: await ana.get(image).set('if-none-match', etag).expect(304),
    range: await ana.get(image).set('range', 'bytes=0-9').expect(206),
    badRange: await ana.get(image).set('range', 'bytes=99999999-').expect(416),
    health: await salon.anonymous().get('/healthz').expect(200),
  };
}

it('every kind of answer carries the protecting headers and names no software', async () => {
  for (const [kind, { headers }] of Object.entries(await everyKind())) {
    expect([kind, headers['x-content-type-options']]).toEqual([kind, 'nosniff']);
    expect([kind, headers['referrer-policy']]).toEqual([kind, 'same-origin']);
    expect([kind, headers['x-frame-options']]).toEqual([kind, 'DENY']);
    expect([kind, headers['cross-origin-opener-policy']]).toEqual([kind, 'same-origin']);
    expect([kind, headers['cross-origin-resource-policy']]).toEqual([kind, 'same-origin']);
    expect([kind, headers['permissions-policy']]).toEqual([kind, expect.stringContaining('camera=()')]);
    expect([kind, headers['x-request-id']]).toEqual([kind, expect.stringMatching(/^[0-9a-z]{26}$/)]);
    expect([kind, headers['x-powered-by'], headers['server']]).toEqual([kind, undefined, undefined]);
    expect([kind, headers['strict-transport-security']]).toEqual([kind, undefined]);
  }
});

it('nothing inline, nothing foreign, no frames, on every kind of answer', async () => {
  for (const [kind, { headers }] of Object.entries(await everyKind())) {
    const policy = policyOf(headers['content-security-policy']);
    expect([kind, policy['default-src']]).toEqual([kind, "'none'"]);
    expect([kind, policy['frame-ancestors']]).toEqual([kind, "'none'"]);
    expect([kind, JSON.stringify(policy)]).toEqual([
      kind,
      expect.not.stringMatching(/unsafe|\*|data:|https?:/),
    ]);
  }
  const page = policyOf((await ana.get('/').set('accept', 'text/html')).headers['content-security-policy']);
  expect(page).toMatchObject({
    'script-src': "'self'",
    'style-src': "'self'",
    'connect-src': "'self'",
    'form-action': "'self'",
    'base-uri': "'none'",
    'object-src': "'none'",
  });
});

it('pages hold no inline script, style or handler', async () => {
  for (const path of ['/', '/login', '/images', '/history', '/settings', '/conversations', '/nowhere']) {
    const { text } = await (path === '/login' ? salon.anonymous() : ana).get(path).set('accept', 'text/html');
    expect(text).not.toMatch(/<style|\sstyle=|\son[a-z]+=|javascript:/i);
    for (const [tag] of text.matchAll(/<script[^>]*>/g)) expect(tag).toMatch(/src="\/assets\//);
  }
});

it('what belongs to a person is stored by nobody; images only by the own browser', async () => {
  const kinds = await everyKind();
  for (const kind of [
    'page',
    'signIn',
    'json',
    'redirect',
    'notFoundPage',
    'badJson',
    'unauthorized',
  ] as const)
    expect([kind, kinds[kind].headers['cache-control']]).toEqual([kind, 'private, no-store']);
  expect(kinds.image.headers['cache-control']).toMatch(/^private, .*immutable/);
  expect(kinds.asset.headers['cache-control']).toBe('no-cache');
});

it('an image is an image and can run nothing', async () => {
  const { headers } = await ana.get(image).expect(200);
  expect(headers['content-type']).toBe('image/png');
  expect(headers['content-disposition']).toBe('inline');
  expect(headers['content-security-policy']).toContain("default-src 'none'; sandbox");
});

it('files beside the pages are not there, signed in or not', async () => {
  const filename = image.split('/').at(-1) ?? '';
  const paths = [
    ...[
      '/.env',
      '/.git/HEAD',
      '/.git/config',
      '/data/salon.db',
      '/data/',
      '/salon.db',
      '/logs/app.log',
      '/package.json',
    ],
    ...[
      '/node_modules/express/package.json',
      '/src/main.ts',
      '/dist/main.js',
      '/public/',
      '/public/css/app.css',
      '/backup',
    ],
    ...[
      '/uploads/',
      '/debug',
      '/generated',
      '/generated/',
      `/generated/${filename}`,
      '/assets',
      '/assets/',
      '/assets/css',
    ],
    ...[
      '/assets/../package.json',
      '/assets/%2e%2e/package.json',
      '/assets/..%2f..%2fpackage.json',
      '/assets/css/../../src/main.ts',
    ],
    ...[
      '/assets/css/app.css.map',
      '/assets/app.js.map',
      '/assets/css/.app.css',
      '/assets//etc/passwd',
      '/assets/css%00.css',
    ],
    ...[
      `/public/generated/${filename}`,
      '/views/layout.ejs',
      '/CSS/app.css',
      '/%2e%2e/%2e%2e/etc/passwd',
      '/images/../../data/salon.db',
    ],
  ];
  for (const path of paths)
    for (const client of [salon.anonymous(), ana]) {
      const { status } = await client.get(path);
      expect([path, [400, 404].includes(status)]).toEqual([path, true]);
    }
});
