import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import http from 'node:http';
import { query } from '../support/database.ts';
import { cookieOf, rawRequest, type RawAnswer } from '../support/raw-http.ts';
import { startSalon, type Salon } from '../support/salon.ts';
import { gradeAnswer, policyOf } from './observatory-rules.ts';

const password = 'correct horse 1';
const settings: [string, Record<string, string>][] = [
  ['behind TLS', { BASE_URL: 'https://salon.example.org', TRUST_PROXY: '1' }],
  ['direct http', {}],
];

describe.each(settings)('%s', (_name, env) => {
  const https = env['BASE_URL'] !== undefined;
  let salon: Salon;
  let cookie: string;
  let answers: Record<string, Pick<RawAnswer, 'status' | 'headers' | 'text'>>;
  const ask = (
    path: string,
    options: { method?: string; headers?: Record<string, string>; body?: string } = {},
  ) =>
    rawRequest(salon.url, {
      ...options,
      path,
      headers: {
        host: https ? 'salon.example.org' : new URL(salon.url).host,
        accept: 'text/html',
        cookie,
        ...options.headers,
      },
    });
  const json = { accept: 'application/json', 'content-type': 'application/json' };

  beforeAll(async () => {
    salon = await startSalon(env);
    cookie = '';
    const register = await ask('/register', {
      method: 'POST',
      headers: json,
      body: JSON.stringify({ username: 'Ana', password }),
    });
    cookie = cookieOf(register.headers);
    const made = await ask('/generate_image', {
      method: 'POST',
      headers: json,
      body: JSON.stringify({ prompt: 'a boat' }),
    });
    const { image_url: image } = JSON.parse(made.text) as { image_url: string };
    const path = new URL(image, 'http://own.test').pathname;
    const begun = await ask('/conversations', {
      method: 'POST',
      headers: json,
      body: JSON.stringify({ content: 'hello' }),
    });
    const { id, reply } = JSON.parse(begun.text) as { id: string; reply: { id: string } };
    const etag = String((await ask(path)).headers.etag);
    const page = await ask('/');
    const [, asset = ''] = /href="(\/assets\/[^"]+\.css)"/.exec(page.text) ?? [];
    const signedOut = { cookie: 'none=1' };
    answers = {
      'sign-up answer with a cookie': register,
      'sign-in page': await ask('/login', { headers: signedOut }),
      'chat page': page,
      'conversation page': await ask(`/conversations/${id}`),
      'images page': await ask('/images'),
      'settings page': await ask('/settings'),
      'delete page': await ask('/settings/delete'),
      'administration page': await ask('/admin'),
      'audit page': await ask('/admin/audit'),
      'audit export': await ask('/admin/audit/export'),
      'data export': await ask('/settings/export'),
      'goodbye page': await ask('/goodbye', { headers: signedOut }),
      'missing page': await ask('/nowhere'),
      'missing JSON': await ask('/nowhere', { headers: json }),
      'not signed in': await ask('/conversations', { headers: { ...json, ...signedOut } }),
      'wrong bearer': await ask('/conversations', { headers: { ...json, authorization: 'Bearer x' } }),
      'cross-site write': await ask('/images', {
        method: 'POST',
        headers: { 'sec-fetch-site': 'cross-site' },
      }),
      'foreign host': await ask('/', { headers: { host: 'evil.test' } }),
      'unknown method': await ask('/', { method: 'TRACE' }),
      'broken JSON': await ask('/images', { method: 'POST', headers: json, body: '{' }),
      'JSON list': await ask('/conversations', { headers: json }),
      image: await ask(path),
      'small copy of an image': await ask(`${path}?w=32`),
      'unchanged image': await ask(path, { headers: { 'if-none-match': etag } }),
      'part of an image': await ask(path, { headers: { range: 'bytes=0-9' } }),
      'style sheet': await ask(asset),
      'missing asset': await ask('/assets/nowhere.js'),
      'redirect to sign-in': await ask('/', { headers: signedOut }),
      'redirect after a form': await ask('/settings', {
        method: 'POST',
        body: 'theme=dark',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      }),
      health: await ask('/healthz'),
      'event stream': await headersOf(`/replies/${reply.id}/events`),
      'event stream as text': await headersOf(`/replies/${reply.id}/events?format=text`),
      tokens: await ask('/api/login', {
        method: 'POST',
        headers: json,
        body: JSON.stringify({ username: 'Ana', password }),
      }),
      'refused tokens': await ask('/api/refresh', { method: 'POST', headers: json, body: '{}' }),
      'server error': await serverError('text/html'),
      'server error as JSON': await serverError('application/json'),
      'sign-out': await ask('/logout', { method: 'POST' }),
    };
  });
  afterAll(() => salon.close());

  /** The head of an answer whose body may never end. */
  const headersOf = (path: string) =>
    new Promise<Pick<RawAnswer, 'status' | 'headers' | 'text'>>((resolve, reject) => {
      const { hostname, port } = new URL(salon.url);
      const host = https ? 'salon.example.org' : `${hostname}:${port}`;
      const request = http.get(
        { hostname, port, path, headers: { host, cookie }, agent: false },
        (answer) => {
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text: '' });
          answer.destroy();
        },
      );
      request.on('error', reject);
    });

  /** A fault that no route expects: a table that is not there for a moment. */
  async function serverError(accept: string) {
    query(salon.dir, 'alter table images rename to images_away');
    const answer = await ask('/images', { headers: { accept } });
    query(salon.dir, 'alter table images_away rename to images');
    return answer;
  }

  it('every kind of answer scores 100 or more, with nothing against it', () => {
    expect(Object.keys(answers).length).toBeGreaterThan(30);
    for (const [kind, answer] of Object.entries(answers)) {
      const { score, findings } = gradeAnswer(answer, { https });
      expect([kind, findings.filter(({ points }) => points < 0)]).toEqual([kind, []]);
      expect([kind, score >= 100]).toEqual([kind, true]);
    }
  });

  it('is asked of answers of the kinds that are meant', () => {
    const statuses = Object.fromEntries(Object.entries(answers).map(([kind, { status }]) => [kind, status]));
    expect(statuses).toMatchObject({
      'sign-in page': 200,
      'chat page': 200,
      'administration page': 200,
      'audit page': 200,
      'data export': 200,
      'missing page': 404,
      'cross-site write': 403,
      'foreign host': 421,
      'unknown method': 405,
      'broken JSON': 400,
      'unchanged image': 304,
      'part of an image': 206,
      'style sheet': 200,
      'redirect to sign-in': 302,
      'redirect after a form': 303,
      'event stream': 200,
      tokens: 200,
      'server error': 500,
      'sign-out': 303,
    });
    expect(answers['event stream']?.headers['content-type']).toContain('text/event-stream');
  });

  it('the cookie carries all that protects it, and its name says so behind TLS', () => {
    const [set = ''] = answers['sign-up answer with a cookie']?.headers['set-cookie'] ?? [];
    expect(set.startsWith(https ? '__Host-salon=' : 'salon=')).toBe(true);
    expect(set).toMatch(/; Path=\/;/);
    expect(set).toMatch(/; HttpOnly/);
    expect(set).not.toMatch(/Domain=/i);
    expect(/; Secure/.test(set)).toBe(https);
  });

  it('no answer lets anything foreign or inline in', () => {
    for (const [kind, { headers }] of Object.entries(answers)) {
      const policy = policyOf(String(headers['content-security-policy']));
      const all = [...policy.values()].flat().join(' ');
      expect([kind, /unsafe|\*|data:|https?:/.test(all)]).toEqual([kind, false]);
      expect([kind, policy.get('frame-ancestors')]).toEqual([kind, ["'none'"]]);
    }
  });
});
