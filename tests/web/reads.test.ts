import { expect, it } from 'vitest';
import { query } from '../support/database.ts';
import { cookieOf, rawRequest } from '../support/raw-http.ts';
import type { Salon } from '../support/salon.ts';
import { setUpAgents } from '../support/set-up.ts';
import { accessRules } from './access-rules.ts';

const never = '0'.repeat(26);
const password = 'correct horse 1';
let salon: Salon;
setUpAgents([], (...opened) => ([salon] = opened));

/** The cookie of somebody who has just signed in. */
async function cookieFor(username: string): Promise<string> {
  return cookieOf((await salon.anonymous().post('/login').send({ username, password }).expect(200)).headers);
}

it('no read changes anything but when somebody was last seen', async () => {
  await salon.signUp('Root');
  const dora = await salon.signUp('Dora');
  const cookies = { admin: await cookieFor('Root'), person: await cookieFor('Dora') };
  const doraId =
    query<{ id: string }>(salon.dir, "select id from users where username = 'Dora'")[0]?.id ?? '';
  await dora.post('/generate_code').send({ prompt: 'hello' }).expect(200);
  const { body } = await dora.post('/generate_image').send({ prompt: 'a boat' }).expect(200);
  const filename = String(body.image_url).split('/').at(-1) ?? '';
  const [names] = [
    query<{ name: string }>(
      salon.dir,
      "select name from sqlite_master where type = 'table' and name not like 'sqlite_%'",
    ),
  ];
  // Logs, and what says when somebody was last seen.
  const volatile = ['audit_entries', 'sessions', 'throttles'];
  const content = () =>
    names
      .map(({ name }) => name)
      .filter((name) => !volatile.includes(name))
      .map((name) => [
        name,
        JSON.stringify(query(salon.dir, `select * from ${name}`)).replace(/"last_used_at":\w+/g, ''),
      ]);
  const sessions = () => query(salon.dir, 'select public_id, user_id from sessions order by 1');
  const before = [content(), sessions()];
  const idOf = (sql: string) => String(query<{ id: string }>(salon.dir, sql, doraId)[0]?.id);
  const things: [RegExp, string][] = [
    [/^\/(conversations|interact_history)\/:id/, idOf('select id from conversations where owner_id = ?')],
    [/^\/replies\/:id/, idOf("select id from messages where owner_id = ? and role = 'assistant'")],
    [/^\/images\/:name/, filename],
    [/^\/jobs\/:id/, idOf('select id from jobs where owner_id = ?')],
    [/^\/admin\/people\/:id/, doraId],
  ];
  let tried = 0;
  for (const [route, rule] of Object.entries(accessRules)) {
    const [method, pattern = ''] = route.split(' ');
    if (method !== 'GET' || pattern === '/logout') continue;
    const thing = things.find(([known]) => known.test(pattern))?.[1] ?? never;
    const path = pattern
      .replace(':date/:index', `${new Date().toISOString().slice(0, 10)}/0`)
      .replace(/:\w+/, thing);
    const cookie = rule.may === 'admin' ? cookies.admin : cookies.person;
    for (const verb of ['GET', 'HEAD'])
      for (const accept of ['application/json', 'text/html']) {
        const { status } = await rawRequest(salon.url, {
          method: verb,
          path,
          headers: { accept, cookie },
        });
        expect([route, verb, status < 500]).toEqual([route, verb, true]);
        tried += 1;
      }
  }
  expect(tried).toBeGreaterThan(80);
  expect([content(), sessions()]).toEqual(before);
});
