import { beforeEach, expect, it } from 'vitest';
import { query } from '../support/database.ts';
import type { Agent, Salon } from '../support/salon.ts';
import { setUpAgents } from '../support/set-up.ts';

let salon: Salon;
let ana: Agent;
setUpAgents(['Ana', 'Ben'], (opened, first) => {
  salon = opened;
  ana = first;
});
beforeEach(() => void query(salon.dir, 'delete from throttles'));

const japanese = '日本語の文章を書く。'.repeat(200);
const html = { accept: 'text/html' };

/** What stands in the forms of Ana's page. */
async function authorOn(path: string): Promise<string> {
  const page = await ana.get(path).set(html).expect(200);
  return /name="author" value="([^"]+)"/.exec(page.text)?.[1] ?? '';
}

/** Posts a form without a session. @returns where the way goes on after sign-in */
async function postSignedOut(path: string, fields: Record<string, string>): Promise<string> {
  const refused = await salon.anonymous().post(path).type('form').set(html).send(fields).expect(303);
  const address = new URL(String(refused.headers['location']), salon.url);
  return address.searchParams.get('next') ?? '';
}

async function signIn(username: string, next: string) {
  const visitor = salon.visitor();
  const form = { username, password: 'correct horse 1', next };
  const entered = await visitor.post('/login').type('form').set(html).send(form).expect(303);
  return { visitor, location: String(entered.headers['location']) };
}

/** The fields that the page would send. */
function fieldsOf(page: string): Record<string, string> {
  const hidden = [...page.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)];
  const texts = [...page.matchAll(/<textarea [^>]*name="([^"]+)"[^>]*>\n?([^<]*)</g)];
  return Object.fromEntries([...hidden, ...texts].map(([, name = '', text = '']) => [name, text]));
}

it.each([
  ['/conversations', 'content', () => '/'],
  ['/images', 'prompt', () => '/images'],
])('carries %s out after sign-in, once, when the session had ended', async (path, field, pageOf) => {
  const author = await authorOn(pageOf());
  const next = await postSignedOut(path, { [field]: japanese, client_id: `late ${field}`, author });
  expect(next).toMatch(/^\/resume\/\w{26}$/);
  const { visitor, location } = await signIn('Ana', next);
  expect(location).toBe(next);
  const page = await visitor.get(next).set(html).expect(200);
  expect(fieldsOf(page.text)).toMatchObject({ [field]: japanese, client_id: `late ${field}` });
  const again = await visitor.post(next).type('form').set(html).send(fieldsOf(page.text)).expect(307);
  expect(again.headers['location']).toBe(path);
  await visitor.post(path).type('form').set(html).send(fieldsOf(page.text)).expect(303);
  await visitor.post(next).type('form').set(html).send(fieldsOf(page.text)).expect(404);
  await visitor.get(next).set(html).expect(404);
});

it('keeps the instructions of a conversation too', async () => {
  const made = await ana.post('/conversations').send({ title: 'Instructed' }).expect(201);
  const path = `/conversations/${made.body.id}`;
  const author = await authorOn(path);
  const next = await postSignedOut(path, { system_prompt: japanese, author });
  const { visitor } = await signIn('Ana', next);
  const page = await visitor.get(next).set(html).expect(200);
  await visitor.post(path).type('form').set(html).send(fieldsOf(page.text)).expect(303);
  expect((await ana.get(path).expect(200)).body.system_prompt).toBe(japanese);
});

it('shows what was typed to no other account that signs in there', async () => {
  const author = await authorOn('/');
  const next = await postSignedOut('/conversations', { content: 'for Ana alone', author });
  const { visitor, location } = await signIn('Ben', next);
  const page = await visitor.get(location).set(html).expect(404);
  expect(page.text).not.toContain('for Ana alone');
  await visitor.post(location).type('form').set(html).send({}).expect(404);
  await ana.post(`${next}/delete`).type('form').set(html).expect(303);
});

it('keeps nothing for a stranger, nor under a name that somebody made up', async () => {
  const [signed = ''] = (await authorOn('/')).split('.');
  const count = () => query(salon.dir, 'select id from pending_posts').length;
  const before = count();
  for (const author of ['', signed, `${signed}.${'A'.repeat(22)}`, '.', `${'0'.repeat(26)}.x`])
    expect(await postSignedOut('/conversations', { content: 'flood', author })).toBe('');
  expect(count()).toBe(before);
});

it('keeps the newest ten of an account, for a day', async () => {
  const author = await authorOn('/');
  for (let n = 0; n < 12; n++) await postSignedOut('/conversations', { content: `text ${n}`, author });
  const kept = query<{ fields: string }>(salon.dir, 'select fields from pending_posts order by id');
  expect(kept).toHaveLength(10);
  expect(kept[0]?.fields).toContain('text 2');
  query(salon.dir, 'update pending_posts set created_at = created_at - 86400001');
  const next = await postSignedOut('/conversations', { content: 'the newest', author });
  expect(query(salon.dir, 'select id from pending_posts')).toHaveLength(1);
  query(salon.dir, 'update pending_posts set created_at = created_at - 86400001');
  await ana.get(next).set(html).expect(404);
});
