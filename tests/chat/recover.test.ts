import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openFeatures, type Features } from '../../src/features.ts';
import { readConfig } from '../../src/platform/config.ts';
import { openLog, type Log } from '../../src/platform/log.ts';
import { openServices, type Services } from '../../src/services.ts';
import { eventually, settingsFor } from '../support/chat.ts';
import { startModelServer, type ModelServer } from '../support/model-server.ts';
import { pullStrings, type Strings } from '../support/puppet.ts';
import { projectRoot } from '../support/salon.ts';

let dir: string;
let model: ModelServer;
let strings: Strings;
let log: Log;
let services: Services;
let features: Features;
/** Milliseconds by which the clock was moved, as after a long sleep of the machine. */
let moved = 0;
const actor = { id: '' };

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'salon-recover-'));
  model = await startModelServer();
  strings = pullStrings(model);
  const folders = {
    DATA_DIR: join(dir, 'data'),
    IMAGES_DIR: join(dir, 'images'),
    LOG_DIR: join(dir, 'logs'),
  };
  const config = readConfig(projectRoot, { NODE_ENV: 'test', ...folders, ...settingsFor(model) });
  log = openLog({ dir: config.logDir, level: 'debug', readable: false, console: false });
  services = await openServices(config, log);
  features = await openFeatures({ ...services, now: () => Date.now() + moved });
  await services.db.run(
    `insert into users (id, username, username_key, password_hash, role, created_at, updated_at)
     values ('ana', 'Ana', 'ana', 'x', 'user', 0, 0)`,
  );
  actor.id = 'ana';
});
afterAll(async () => {
  await features.close();
  await services.close();
  await log.close();
  await model.close();
  await rm(dir, { recursive: true, force: true });
});

const begin = async (content: string) => {
  const { conversation, exchange } = await features.chat.start(actor, {}, { content, requestId: 'test' });
  return { conversationId: conversation.id, replyId: exchange?.reply.id ?? '' };
};

it('does not take its own answers for dead ones after a long sleep of the machine', async () => {
  const { replyId } = await begin('long sleep');
  const call = await strings.next('long sleep');
  call.say('before, ');
  moved += 10 * 60_000;
  await features.chat.recover({ everything: false });
  expect(await features.chat.findReply(actor, replyId)).toMatchObject({
    status: expect.stringMatching(/queued|running/) as string,
  });
  call.say('after');
  call.finish();
  expect(await features.chat.finished(actor, replyId)).toMatchObject({
    status: 'complete',
    content: 'before, after',
  });
});

it('marks an answer as interrupted whose writer has been silent for 30 s, and only then', async () => {
  const { replyId } = await begin('lost writer');
  const call = await strings.next('lost writer');
  call.say('text');
  call.finish();
  await features.chat.finished(actor, replyId);
  // As another process would have left it.
  await services.db.run(
    "update messages set status = 'running', finish_reason = null, heartbeat_at = ? where id = ?",
    [Date.now() + moved - 20_000, replyId],
  );
  await features.chat.recover({ everything: false });
  expect(await features.chat.findReply(actor, replyId)).toMatchObject({ status: 'running' });

  // Its readers are sent away, to come back later, and are not told that it is done.
  const heard: string[] = [];
  const sink = {
    events: () => true,
    done: () => void heard.push('done'),
    lost: ({ code }: { code: string }) => void heard.push(code),
  };
  expect(await features.chat.follow(actor, replyId, { format: 'text', position: 0 }, sink)).toBeUndefined();
  expect(heard).toEqual(['unavailable']);

  moved += 30_000;
  await features.chat.recover({ everything: false });
  expect(await features.chat.findReply(actor, replyId)).toMatchObject({
    status: 'interrupted',
    error: { code: 'interrupted' },
    content: 'text',
  });
});

it('stops an answer whose row is gone: the account was deleted meanwhile', async () => {
  const { conversationId, replyId } = await begin('deleted account');
  const call = await strings.next('deleted account');
  call.say('x');
  await services.db.run('delete from conversations where id = ?', [conversationId]);
  await eventually(() => call.isClosed() || undefined);
  await expect(features.chat.finished(actor, replyId)).rejects.toMatchObject({ code: 'not_found' });
});

it('ends at once what begins while the process closes', async () => {
  const closing = features.chat.close();
  const { replyId } = await begin('too late');
  await closing;
  expect(await features.chat.finished(actor, replyId)).toMatchObject({ status: 'interrupted', content: '' });
});
