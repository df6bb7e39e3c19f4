import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { scopes } from '../../src/accounts/api-keys/api-keys.ts';
import { createRegistry } from '../../src/web/registry.ts';
import { createRoutes } from '../../src/web/routes.ts';
import { nameOf, openRoutes } from '../support/routes.ts';
import { rawRequest } from '../support/raw-http.ts';
import { projectRoot, startSalon, type Salon } from '../support/salon.ts';
import { accessRules, type Rule } from './access-rules.ts';

const listed = 'https://app.example.org';
let salon: Salon;
let declared: Awaited<ReturnType<typeof openRoutes>>;
beforeAll(async () => {
  declared = await openRoutes();
  salon = await startSalon({ CORS_ORIGINS: listed });
});
afterAll(() => salon.close());

const policyOf = (name: string) => declared.routes.find((route) => nameOf(route) === name)?.policy;
const whoOf = ({ may }: Rule) => (may === 'open' ? 'anyone' : may === 'admin' ? 'admin' : 'user');

it('declares for each route the access that the list of rules expects', () => {
  expect(declared.routes.length).toBeGreaterThan(80);
  const said = declared.routes.map((route) => {
    const { who, sessionOnly = false, scope, format } = route.policy;
    return [nameOf(route), who, sessionOnly, scope, format === 'json'];
  });
  const expected = declared.routes.map((route) => {
    const rule = accessRules[nameOf(route)];
    // Tokens are given by JSON to whoever asks, which no rule of access has to say.
    const isJson = rule?.json ?? (rule?.may === 'open' && route.path.startsWith('/api/'));
    return [nameOf(route), rule && whoOf(rule), rule?.session ?? false, rule?.scope, isJson];
  });
  expect(said).toEqual(expected);
});

it('declares no route twice and asks for no scope that no key can have', () => {
  const names = declared.routes.map(nameOf);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  const asked = new Set(declared.routes.flatMap(({ policy }) => policy.scope ?? []));
  expect([...asked].filter((scope) => !(scopes as readonly string[]).includes(scope))).toEqual([]);
});

it('takes no route that does not say who may call it, and no method and path a second time', () => {
  const routes = createRoutes();
  const who = { who: 'anyone' } as const;
  // @ts-expect-error: it has no policy
  routes.get('/silent', (_req, res) => void res.end());
  // @ts-expect-error: its policy does not say who
  routes.get('/half', { scope: 'chat' }, (_req, res) => void res.end());
  const twice = createRoutes();
  twice.get('/thing/:id', who, (_req, res) => void res.end());
  twice.get('/thing/:name', who, (_req, res) => void res.end());
  expect(() =>
    createRegistry([twice], { signInPath: '/', keepPost: () => Promise.resolve(undefined) }),
  ).toThrow('GET /thing/:name is declared twice');
});

it('has no route or router of Express past the declared ones', () => {
  expect(declared.past).toBe(0);
});

it('counts as generations exactly the routes that make the model server work', () => {
  const paid = declared.routes.filter(({ policy }) => policy.paid).map(nameOf);
  expect(paid.sort()).toEqual([
    'POST /admin/models/test',
    'POST /api',
    'POST /conversations',
    'POST /conversations/:id/continuation/summary',
    'POST /conversations/:id/messages',
    'POST /conversations/:id/stream',
    'POST /generate_code',
    'POST /generate_image',
    'POST /images',
    'POST /jobs/:id/retry',
    'POST /messages/:id/edit',
    'POST /messages/:id/regenerate',
    'POST /replies/:id/continue',
  ]);
});

it('keeps scripts of other origins out of every page for administrators and of the own account', () => {
  const open = declared.routes.filter(
    ({ policy }) =>
      policy.cors !== false && policy.format !== 'json' && (policy.who === 'admin' || policy.sessionOnly),
  );
  expect(open.map(nameOf)).toEqual([]);
  expect(policyOf('GET /')?.cors).toBe(false);
});

it('names no address of a feature in web/', () => {
  const features = declared.routes.filter(({ policy, path }) => !policy.probe && path !== '/');
  const parts = new Set(features.map(({ path }) => path.split('/')[1] ?? ''));
  expect(parts.has('conversations')).toBe(true);
  const named = new RegExp(`['"\`(/]/(${[...parts].join('|')})\\b`);
  const web = join(projectRoot, 'src', 'web');
  const files = readdirSync(web).filter((name) => name.endsWith('.ts'));
  const code = (name: string) =>
    readFileSync(join(web, name), 'utf8').replace(/\/\*[^]*?\*\/|^import .*$|\/\/.*$/gm, '');
  expect(files.filter((name) => named.test(code(name)))).toEqual([]);
});

const ask = (method: string, path: string, accept: string) =>
  rawRequest(salon.url, { method, path, headers: { accept, origin: listed } });

it.each([
  ['POST', '/nowhere', 'html', true],
  ['GET', '/nowhere/at/all', 'html', true],
  ['GET', '/admin/nowhere', 'html', false],
  ['GET', '/settings/nowhere', 'html', false],
  ['GET', '/api/nowhere', 'json', true],
  ['GET', '/API/Nowhere/', 'json', true],
  ['GET', '/apiary', 'html', true],
  ['GET', '/api/docs', 'html', true],
  ['GET', '/v1/models', 'json', true],
  ['GET', '/generate-prompts', 'json', true],
  ['PUT', '/login', 'html', false],
  ['DELETE', '/images', 'html', true],
])(
  '%s %s, which nothing is declared for, fails as %s, open to listed origins: %s',
  async (method, path, type, isOpen) => {
    // A listed origin may write nothing without a bearer, hence a site of our own.
    const headers = { accept: 'text/html', 'sec-fetch-site': 'same-origin', origin: listed };
    const answer = await rawRequest(salon.url, { method, path, headers });
    expect([answer.status, answer.headers['content-type']]).toEqual([404, expect.stringContaining(type)]);
    expect(answer.headers['access-control-allow-origin']).toBe(isOpen ? listed : undefined);
  },
);

it('says in OPTIONS which methods an address has', async () => {
  const { headers } = await ask('OPTIONS', '/conversations/0', 'application/json');
  const allowed = String(headers['allow']).split(', ').sort();
  expect(allowed).toEqual(['DELETE', 'GET', 'HEAD', 'PATCH', 'POST']);
});
