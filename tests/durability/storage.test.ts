import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterEach, expect, it } from 'vitest';
import { untilText } from '../support/answers.ts';
import { eventually, joinedText, type ConversationJson, type Person } from '../support/chat.ts';
import type { Strings } from '../support/puppet.ts';
import { setUpPuppets, type Bench } from '../support/set-up.ts';

let bench: Bench;
let strings: Strings;
let ana: Person;
let lock: Sqlite.Database | undefined;
setUpPuppets((opened) => ({ bench, strings, ana } = opened));
afterEach(() => {
  if (lock?.inTransaction) lock.exec('rollback');
  lock?.close();
  lock = undefined;
});

/** Another connection takes the write lock, as a foreign program on the same file would. */
function lockDatabase() {
  lock = new Sqlite(join(bench.salon.dir, 'data', 'salon.db'));
  lock.exec('begin immediate');
  return () => void lock?.exec('rollback');
}

it('while nothing can be stored, a question is refused and leaves nothing behind', async () => {
  const { id } = await ana.begin({ title: 'Locked' });
  const release = lockDatabase();
  for (const [path, body] of [
    ['/conversations', { content: 'refused', client_id: 'locked-1' }],
    [`/conversations/${id}/messages`, { content: 'refused', client_id: 'locked-2' }],
    [`/conversations/${id}/stream`, { content: 'refused' }],
  ] as const) {
    const answer = await ana.call<{ code: string }>('POST', path, body);
    expect(answer.status).toBe(503);
    expect(answer.body.code).toBe('busy');
    expect(answer.headers.get('retry-after')).toBe('1');
  }
  // Reading goes on.
  expect((await ana.read(id)).messages).toEqual([]);
  expect((await ana.page(`/conversations/${id}`)).status).toBe(200);
  release();
  expect((await ana.read(id)).messages).toEqual([]);
  const { body } = await ana.call<{ conversations: ConversationJson[] }>('GET', '/conversations');
  expect(body.conversations.map(({ title }) => title)).not.toContain('refused');
  expect(strings.calls()).toBe(0);
  const { reply } = await ana.ask(id, 'refused', { client_id: 'locked-2' });
  (await strings.next('refused')).finish();
  expect(await ana.ended(id, reply.id)).toMatchObject({ status: 'complete' });
});

it('an answer goes on through a lock of some seconds, its readers too, and it is stored afterwards', async () => {
  const { id, reply } = await ana.begin({ content: 'through the lock' });
  const call = await strings.next('through the lock');
  const reading = ana.follow(reply.id, { query: '?format=text' });
  const pages = ana.follow(reply.id);
  call.say('before, ');
  await untilText(ana, reply.id, 'before, ');
  const release = lockDatabase();
  call.say('during, ');
  await untilText(ana, reply.id, 'during, ');
  call.finish();
  // Over, but not stored: nobody is told that it is complete.
  await eventually(async () => {
    const lines = await bench.salon.logLines();
    return (
      lines.some(({ event, reply: about }) => event === 'reply waits to be stored' && about === reply.id) ||
      undefined
    );
  });
  expect(await ana.find(id, reply.id)).not.toMatchObject({ status: 'complete' });
  release();
  const { events } = await reading;
  expect(joinedText(events)).toBe('before, during, ');
  expect(events.at(-1)).toMatchObject({
    event: 'done',
    data: { message: { status: 'complete', content: 'before, during, ' } },
  });
  expect((await pages).events.at(-1)?.event).toBe('done');
  expect(await ana.find(id, reply.id)).toMatchObject({ status: 'complete', content: 'before, during, ' });
});

it('an answer that begins while nothing can be stored is written all the same', async () => {
  const { id, reply } = await ana.begin({ content: 'first' });
  const first = await strings.next('first');
  const second = await ana.ask(id, 'second');
  first.say('x');
  first.finish();
  await ana.ended(id, reply.id);
  const release = lockDatabase();
  const call = await strings.next('second');
  call.say('written while locked');
  await untilText(ana, second.reply.id, 'locked');
  call.finish();
  release();
  expect(await ana.ended(id, second.reply.id)).toMatchObject({
    status: 'complete',
    content: 'written while locked',
  });
});

it('stop works while nothing can be stored, and what was stopped is stored later', async () => {
  const { id, reply } = await ana.begin({ content: 'stop it' });
  const call = await strings.next('stop it');
  call.say('some text');
  await untilText(ana, reply.id, 'text');
  const release = lockDatabase();
  expect(await ana.stop(reply.id)).toMatchObject({ status: 'stopped', content: 'some text' });
  await eventually(() => call.isClosed() || undefined);
  release();
  expect(await ana.ended(id, reply.id)).toMatchObject({ status: 'stopped', content: 'some text' });
});

it('a refused change, deletion or continuation changes nothing', async () => {
  const { id, reply } = await ana.begin({ title: 'Stays as it is', content: 'stays' });
  const call = await strings.next('stays');
  call.say('half');
  call.cut();
  await ana.ended(id, reply.id);
  const before = await ana.read(id);
  const release = lockDatabase();
  expect((await ana.call('PATCH', `/conversations/${id}`, { title: 'Other' })).status).toBe(503);
  expect((await ana.call('DELETE', `/conversations/${id}`)).status).toBe(503);
  expect((await ana.call('POST', `/replies/${reply.id}/continue`)).status).toBe(503);
  expect((await ana.call('POST', `/messages/${reply.id}/regenerate`)).status).toBe(503);
  const page = await ana.form(`/conversations/${id}/messages`, { content: 'typed with care' });
  expect(page.status).toBe(503);
  expect(page.body).toContain('typed with care');
  release();
  expect(await ana.read(id)).toEqual(before);
});
