import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { untilStored } from '../support/answers.ts';
import {
  eventually,
  joinedText,
  settingsFor,
  signUpAt,
  type ExchangeJson,
  type Person,
} from '../support/chat.ts';
import { startModelServer, type ModelServer } from '../support/model-server.ts';
import { spawnSalon, type SalonProcess } from '../support/process.ts';
import { pullStrings, type Strings } from '../support/puppet.ts';
import { makeSmallDisk } from '../support/small-disk.ts';

let model: ModelServer;
let strings: Strings;
let salon: SalonProcess;
let ana: Person;
const disk = makeSmallDisk();
beforeAll(async () => {
  model = await startModelServer();
  strings = pullStrings(model);
  salon = await spawnSalon({ env: settingsFor(model), dir: disk.dir });
  ana = await signUpAt(salon.url, 'Ana');
});
afterAll(async () => {
  await salon.kill();
  disk.remove();
  await model.close();
});

const questions = async (conversationId: string) =>
  (await ana.read(conversationId)).messages
    .filter(({ role }) => role === 'user')
    .map(({ content }) => content.slice(0, 20));

it('on a full disk nothing is acknowledged that is not stored, and answers survive in memory', async () => {
  const running = await ana.begin({ content: 'runs through' });
  const call = await strings.next('runs through');
  const stopped = await ana.begin({ content: 'will be stopped' });
  const other = await strings.next('will be stopped');
  other.say('kept');
  const quiet = await ana.begin({ title: 'Quiet' });
  const reading = ana.follow(running.reply.id, { query: '?format=text' });
  call.say('before, ');
  await untilStored(ana, running.id, running.reply.id);

  disk.fill(salon.pid);
  const acknowledged: string[] = [];
  const refused: string[] = [];
  for (let i = 0; refused.length < 5; i++) {
    const name = `number ${String(i).padStart(3, '0')} of full`;
    const { id } = quiet;
    const answer = await ana.call<ExchangeJson>('POST', `/conversations/${id}/messages`, {
      content: `${name}${'x'.repeat(150_000)}`,
    });
    if (answer.status === 201) acknowledged.push(name);
    else {
      expect([503, 507]).toContain(answer.status);
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
      refused.push(name);
    }
  }
  expect((await ana.call('POST', '/conversations', { content: 'y'.repeat(150_000) })).status).toBeGreaterThan(
    500,
  );

  // What was asked before goes on; reading, the sign-in page and stopping work.
  const long = 'during, '.repeat(20_000);
  call.say(long);
  call.finish();
  expect((await ana.page(`/conversations/${running.id}`)).status).toBe(200);
  expect((await fetch(`${salon.url}/login`)).status).toBe(200);
  expect(await ana.stop(stopped.reply.id)).toMatchObject({ status: 'stopped', content: 'kept' });
  await eventually(() => other.isClosed() || undefined);

  disk.free(salon.pid);
  const { events } = await reading;
  expect(joinedText(events) === `before, ${long}`).toBe(true);
  expect(events.at(-1)).toMatchObject({ event: 'done', data: { message: { status: 'complete' } } });
  expect(await ana.ended(running.id, running.reply.id)).toMatchObject({
    status: 'complete',
    content: `before, ${long}`,
  });
  expect(await ana.ended(stopped.id, stopped.reply.id)).toMatchObject({ status: 'stopped', content: 'kept' });
  expect(await questions(quiet.id)).toEqual(acknowledged);
  const { body } = await ana.call('GET', '/conversations');
  expect(JSON.stringify(body)).not.toContain('yyy');

  const after = await ana.begin({ content: 'after it' });
  const last = await strings.next('after it');
  last.finish();
  expect(await ana.ended(after.id, after.reply.id)).toMatchObject({ status: 'complete' });
  await salon.kill('SIGTERM');
  const db = new Sqlite(join(disk.dir, 'data', 'salon.db'), { readonly: true });
  expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
  expect(db.pragma('foreign_key_check')).toEqual([]);
  db.close();
});
