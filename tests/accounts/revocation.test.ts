import { afterAll, beforeAll, expect, it } from 'vitest';
import { openBench, settingsFor } from '../support/chat.ts';
import { query } from '../support/database.ts';
import { readEvents } from '../support/events.ts';
import { pullStrings, type Strings } from '../support/puppet.ts';

/** What the contract gives a revocation to be felt on open streams. */
const FELT_WITHIN_MS = 5000;
const LATER = ' and more of it.';
const password = 'correct horse 1';

let bench: Awaited<ReturnType<typeof openBench>>;
let strings: Strings;
beforeAll(async () => {
  bench = await openBench();
  strings = pullStrings(bench.model);
  await bench.person('Admin');
});
afterAll(() => bench.close());

/** A promise that is resolved from outside. */
function waiting() {
  let resolve: () => void = () => undefined;
  return { promise: new Promise<void>((done) => (resolve = done)), resolve: () => resolve() };
}

let count = 0;

/** A person with a running reply, and a client for each kind of credential. */
async function openPerson() {
  const name = `Person ${++count}`;
  const person = await bench.person(name);
  const conversation = await person.begin();
  const { reply } = await person.ask(conversation.id, `question ${count}.`);
  const puppet = await strings.next(`question ${count}.`);
  puppet.say('The beginning');
  const { body: made } = await person.call<{ id: string; key: string }>('POST', '/settings/keys', {
    name: 'x',
  });
  const signedIn = await bench.salon.anonymous().post('/api/login').send({ username: name, password });
  const token = signedIn.body as { access_token: string; refresh_token: string };
  const second = await bench.salon.anonymous().post('/login').send({ username: name, password });
  const other = String(second.headers['set-cookie']).split(';')[0] ?? '';
  const path = `${bench.salon.url}/replies/${reply.id}/events?format=text`;
  return {
    name,
    person,
    puppet,
    keyId: made.id,
    headers: {
      session: { cookie: person.cookie },
      other: { cookie: other },
      token: { authorization: `Bearer ${token.access_token}` },
      key: { authorization: `Bearer ${made.key}` },
    },
    token,
    /** Opens a stream: `open` once the first text is there, `later` once more came, `ended` when it is over. */
    watch(headers: Record<string, string>) {
      const texts: string[] = [];
      const reached = [waiting(), waiting()] as const;
      const ended = readEvents(path, {
        cookie: headers['cookie'] ?? '',
        headers,
        ms: FELT_WITHIN_MS,
        until: ({ event, data }) => {
          if (event !== 'delta') return false;
          texts.push(String(data['text']));
          reached[0].resolve();
          if (texts.join('').includes(LATER)) reached[1].resolve();
          return false;
        },
      });
      return {
        open: reached[0].promise,
        later: reached[1].promise,
        ended: ended.then((result) => result.ended),
      };
    },
  };
}
type Opened = Awaited<ReturnType<typeof openPerson>>;
type Kind = keyof Opened['headers'];

async function expectEnds(opened: Opened, kinds: Kind[], stays: Kind[], revoke: () => unknown) {
  const all = [...kinds, ...stays].map((kind) => ({ kind, ...opened.watch(opened.headers[kind]) }));
  await Promise.all(all.map(({ open }) => open));
  await revoke();
  for (const { kind, ended } of all.filter((one) => kinds.includes(one.kind)))
    expect([kind, await ended]).toEqual([kind, true]);
  // Those that stay go on reading.
  opened.puppet.say(LATER);
  await Promise.all(all.filter(({ kind }) => stays.includes(kind)).map(({ later }) => later));
  for (const { kind } of all) {
    const { status } = await fetch(`${bench.salon.url}/conversations`, { headers: opened.headers[kind] });
    expect([kind, status]).toEqual([kind, kinds.includes(kind) ? 401 : 200]);
  }
  opened.puppet.finish();
}

it('signing out ends the open streams of that session alone', async () => {
  const opened = await openPerson();
  await expectEnds(opened, ['session'], ['other', 'token', 'key'], () =>
    opened.person.call('POST', '/logout'),
  );
});

it('ends the streams of what a person signs out elsewhere', async () => {
  const opened = await openPerson();
  await expectEnds(opened, ['other', 'token'], ['session', 'key'], () =>
    opened.person.call('POST', '/settings/sessions/delete'),
  );
});

it('ends the streams of a client whose family ends, and of a key that is deleted', async () => {
  const opened = await openPerson();
  await expectEnds(opened, ['token', 'key'], ['session'], async () => {
    const refresh = () =>
      bench.salon.anonymous().post('/api/refresh').send({ refresh_token: opened.token.refresh_token });
    await refresh().expect(200);
    await refresh().expect(401);
    await opened.person.call('DELETE', `/settings/keys/${opened.keyId}`);
  });
});

it('a new password ends the streams of all other sessions and clients', async () => {
  const opened = await openPerson();
  await expectEnds(opened, ['session', 'other', 'token'], ['key'], () =>
    opened.person.call('POST', '/settings/password', {
      current_password: password,
      password: 'another good one',
    }),
  );
});

it.each([
  ['suspended', 'update users set suspended_at = 1 where username = ?'],
  ['deleted', 'delete from users where username = ?'],
])('a person %s from outside loses every open stream within five seconds', async (_what, sql) => {
  const opened = await openPerson();
  await expectEnds(
    opened,
    ['session', 'token', 'key'],
    [],
    () => void query(bench.salon.dir, sql, opened.name),
  );
});

it('another role ends open streams, and the next request has it', async () => {
  const opened = await openPerson();
  const watched = opened.watch(opened.headers.session);
  await watched.open;
  query(bench.salon.dir, "update users set role = 'admin' where username = ?", opened.name);
  expect(await watched.ended).toBe(true);
  const { body } = await opened.person.call<{ user: { role: string } }>('GET', '/api/me');
  expect(body.user.role).toBe('admin');
  opened.puppet.finish();
});

it('leaves the streams of everybody else alone', async () => {
  const [one, two] = [await openPerson(), await openPerson()];
  const [ends, stays] = [one.watch(one.headers.session), two.watch(two.headers.session)];
  await Promise.all([ends.open, stays.open]);
  await one.person.call('POST', '/logout');
  expect(await ends.ended).toBe(true);
  two.puppet.say(LATER);
  const how = [
    stays.later.then(() => 'goes on'),
    stays.ended.then((isCut) => (isCut ? 'is cut' : 'is open too long')),
  ];
  expect(await Promise.race(how)).toBe('goes on');
  expect((await two.person.call('GET', '/conversations')).status).toBe(200);
  for (const { puppet } of [one, two]) puppet.finish();
});

it('lets nobody in with what was revoked, also after a restart', async () => {
  const own = await openBench(settingsFor(bench.model));
  try {
    const person = await own.person('Ana');
    await person.call('POST', '/logout');
    const { body } = await own.salon.anonymous().post('/api/login').send({ username: 'Ana', password });
    await own.salon.anonymous().post('/api/logout').send({ refresh_token: body.refresh_token }).expect(204);
    await own.salon.restart();
    const ask = (headers: Record<string, string>) => fetch(`${own.salon.url}/conversations`, { headers });
    expect((await ask({ cookie: person.cookie })).status).toBe(401);
    expect((await ask({ authorization: `Bearer ${body.access_token}` })).status).toBe(401);
  } finally {
    await own.close();
  }
});
