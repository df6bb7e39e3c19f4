import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { query } from '../support/database.ts';
import { cookieOf, rawRequest } from '../support/raw-http.ts';
import { startSalon, type Agent, type Salon } from '../support/salon.ts';
import { accessRules, type Rule } from './access-rules.ts';

/**
 * Who gets where, by what lets them in. The first person is the administrator. Names of things are ones that never
 * existed, so that what passes the guards ends with 404 and nothing is made or lost that the next line needs.
 */
type Credential = { kind: 'session' | 'token' | 'key'; headers: Record<string, string> };
type Person = {
  agent: Agent;
  id: string;
  session: Credential;
  token: Credential;
  key(scopes: string[]): Promise<Credential>;
};

const scopes = ['chat', 'images', 'history'];
const never = '0'.repeat(26);
const password = 'correct horse 1';
let salon: Salon;
let admin: Person;
beforeAll(async () => {
  salon = await startSalon();
  admin = await person('Root');
});
afterAll(() => salon.close());
// The limits of requests that strangers share are not what is asked about here.
beforeEach(() => void query(salon.dir, 'delete from throttles'));

async function person(username: string): Promise<Person> {
  const agent = await salon.signUp(username);
  const entered = await salon.anonymous().post('/login').send({ username, password }).expect(200);
  const tokens = await salon.anonymous().post('/api/login').send({ username, password }).expect(200);
  const bearer = (value: unknown) => ({ authorization: `Bearer ${String(value)}` });
  return {
    agent,
    id: String(query<{ id: string }>(salon.dir, 'select id from users where username = ?', username)[0]?.id),
    session: { kind: 'session', headers: { cookie: cookieOf(entered.headers) } },
    token: { kind: 'token', headers: bearer(tokens.body.access_token) },
    async key(granted) {
      const made = await agent.post('/settings/keys').send({ name: 'key', scopes: granted }).expect(201);
      return { kind: 'key', headers: bearer(made.body.key) };
    },
  };
}

type Route = { route: string; method: string; path: string; rule: Rule };
const guarded: Route[] = Object.entries(accessRules)
  .filter(([, rule]) => rule.may !== 'open')
  .map(([route, rule]) => {
    const [method = '', pattern = ''] = route.split(' ');
    return {
      route,
      method,
      path: pattern.replace(':date/:index', '2020-01-01/0').replace(/:\w+/, never),
      rule,
    };
  });

async function ask({ method, path, rule }: Route, credential: Credential, accept = 'application/json') {
  const json: Record<string, string> = rule.body ? { 'content-type': 'application/json' } : {};
  const { status, headers, text } = await rawRequest(salon.url, {
    method,
    path,
    body: rule.body && JSON.stringify(rule.body),
    headers: { accept, ...json, ...credential.headers },
  });
  const isProblem = headers['content-type']?.includes('json') && status >= 400;
  return { status, code: isProblem ? String((JSON.parse(text) as { code?: string }).code) : '' };
}

/** What a credential of an ordinary person meets; '' for being let in. */
function refusalFor(rule: Rule, kind: Credential['kind'], granted: string[] | null): string {
  if (rule.may === 'admin') return 'forbidden';
  if (rule.session && kind !== 'session') return 'session_needed';
  if (rule.anyScope && granted && !rule.anyScope.some((scope) => granted.includes(scope)))
    return 'scope_missing';
  return rule.scope && granted && !granted.includes(rule.scope) ? 'scope_missing' : '';
}
const refusals = ['unauthorized', 'forbidden', 'session_needed', 'scope_missing', 'cross_site'];
const refusalOf = ({ status, code }: { status: number; code: string }) => {
  if (status >= 500) return `${status} ${code}`;
  return status === 401 || status === 403 || refusals.includes(code) ? code : '';
};

it('has guarded routes of every kind', () => {
  expect(guarded.length).toBeGreaterThan(60);
  expect(guarded.filter(({ rule }) => rule.may === 'admin').length).toBeGreaterThan(10);
  expect(guarded.filter(({ rule }) => rule.session).length).toBeGreaterThan(10);
  for (const scope of scopes)
    expect(guarded.filter(({ rule }) => rule.scope === scope).length).toBeGreaterThan(2);
});

it('lets a signed-in person in by each kind of credential where the rule says so, and nowhere else', async () => {
  const ana = await person('Ana');
  const verdicts: [string, string, string][] = [];
  const expected: [string, string, string][] = [];
  const tryAll = async (name: string, credential: Credential, granted: string[] | null) => {
    for (const one of guarded) {
      // These would take away what the next lines need; the session's own turn comes last.
      if (credential.kind === 'session' && /^\/settings\/sessions(\/delete)?$/.test(one.path)) continue;
      verdicts.push([name, one.route, refusalOf(await ask(one, credential))]);
      expected.push([name, one.route, refusalFor(one.rule, credential.kind, granted)]);
    }
  };
  await tryAll('token', ana.token, null);
  await tryAll('key for all', await ana.key(scopes), scopes);
  for (const scope of scopes) await tryAll(`key for ${scope}`, await ana.key([scope]), [scope]);
  await tryAll('session', ana.session, null);
  expect(verdicts).toEqual(expected);
});

it('wrong role: a person gets 403 on every page of the administration, and nothing is changed there', async () => {
  const bob = await person('Bob');
  const tables = ['users', 'registration_keys', 'limits', 'prices', 'reset_links'];
  const content = () =>
    JSON.stringify(tables.map((table) => query(salon.dir, `select * from ${table} order by 1`)));
  const before = content();
  for (const one of guarded.filter(({ rule }) => rule.may === 'admin'))
    for (const accept of ['application/json', 'text/html'])
      expect([one.route, accept, (await ask(one, bob.session, accept)).status]).toEqual([
        one.route,
        accept,
        403,
      ]);
  expect(content()).toBe(before);
});

it('other spellings of their addresses let nobody in either', async () => {
  const frank = await person('Frank');
  const spellings = [
    '/ADMIN',
    '/admin/',
    '//admin',
    '/%61dmin/people',
    '/admin//people',
    '/Admin/Backup',
    '/admin/audit/',
  ];
  for (const path of [
    ...spellings,
    '/admin/%2e%2e/admin/audit',
    '/admin/people?_method=DELETE',
    '/./admin/keys',
  ])
    for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']) {
      const { status } = await rawRequest(salon.url, { method, path, headers: frank.session.headers });
      expect([method, path, [403, 404].includes(status)]).toEqual([method, path, true]);
    }
});

it('lets an administrator read by session and by token, never by a key; what is for sessions only stays so', async () => {
  const key = await admin.key(scopes);
  for (const one of guarded.filter(({ rule }) => rule.may === 'admin')) {
    expect([one.route, 'key', refusalOf(await ask(one, key))]).toEqual([one.route, 'key', 'forbidden']);
    if (one.method !== 'GET') continue;
    const byToken = one.rule.session ? 'session_needed' : '';
    expect([one.route, 'token', refusalOf(await ask(one, admin.token))]).toEqual([
      one.route,
      'token',
      byToken,
    ]);
    expect([one.route, 'session', refusalOf(await ask(one, admin.session))]).toEqual([
      one.route,
      'session',
      '',
    ]);
  }
});

it('suspended: whatever let the person in before lets in nowhere, on the very next request', async () => {
  const eve = await person('Eve');
  const credentials = [eve.session, eve.token, await eve.key(scopes)];
  for (const credential of credentials)
    expect(
      (
        await rawRequest(salon.url, {
          path: '/history',
          headers: { accept: 'application/json', ...credential.headers },
        })
      ).status,
    ).toBe(200);
  await admin.agent.post(`/admin/people/${eve.id}`).send({ suspended: true }).expect(200);
  for (const one of guarded)
    for (const credential of credentials)
      expect([one.route, credential.kind, (await ask(one, credential)).status]).toEqual([
        one.route,
        credential.kind,
        401,
      ]);
  await salon.anonymous().post('/login').send({ username: 'Eve', password }).expect(401);
  await salon.anonymous().post('/api/login').send({ username: 'Eve', password }).expect(401);
});

it('a bearer that is wrong, cut or of another scheme opens nothing, and no cookie stands in for it', async () => {
  const carl = await person('Carl');
  const token = String(carl.token.headers['authorization']);
  const wrong = [
    'Bearer',
    'Bearer x',
    `${token}x`,
    token.slice(0, -3),
    'Bearer salon_x',
    `Bearer salon_${'a'.repeat(43)}`,
  ];
  for (const authorization of wrong)
    for (const one of guarded.filter(({ method }) => method === 'GET')) {
      const credential = { kind: 'token' as const, headers: { authorization, ...carl.session.headers } };
      expect([one.route, authorization, (await ask(one, credential)).status]).toEqual([
        one.route,
        authorization,
        401,
      ]);
    }
});
