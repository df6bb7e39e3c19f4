import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mapSome } from './client.mjs';

/** Answers with a paragraph break every 40 tokens, 50 tokens a second. */
export const directive = ({ n = 200, tps = 50 } = {}) => `[[tps=${tps} n=${n} para=40]]`;
/** A level counts as carried within these bounds; the load generator allows all streams one ramp to begin. */
export const carried = ({ isComplete, firstToken, lag }) =>
  isComplete && firstToken.p99 < 250 && lag.p99 < 100;
export const RAMP_MS = 2000;
/** The longest load of all rows takes a minute and a half. */
const LOAD_LIMIT_MS = 5 * 60_000;

/** The ways that an answer can take: straight from the model server, through the raw pipe, through Salon. */
export const ways = ['direct', 'pipe', 'html', 'text'];

/** Requests that each ask one question in a new conversation, so that none has a history to send; by those people in turn. */
export const questionsOf = (server, { cookies, count, content, door = 'messages' }) =>
  mapSome(Array.from({ length: count }), async (_, i) => {
    const cookie = cookies[i % cookies.length];
    const path = `/conversations/${await server.begin(cookie)}/${door}`;
    return { method: 'POST', path, headers: { cookie }, body: JSON.stringify({ content }) };
  });

/** Streams through one of the ways: `run(way, plan)` gives what load.mjs prints. */
export function createStreaming(setting) {
  let number = 0;

  async function run(way, { streams, rounds = 1, n = 200, tps = 50, ...plan }) {
    const { server, requests, follow } = await target(way, {
      count: streams * rounds,
      prompt: `Tell ${directive({ n, tps })}`,
    });
    const { url, pid } = server;
    return load({ url, pid, requests, follow, streams, rounds, expect: n, rampMs: RAMP_MS, ...plan });
  }

  async function target(way, { count, prompt }) {
    if (way === 'html' || way === 'text') return salonTarget(way, { count, prompt });
    const server = await (way === 'direct' ? setting.upstream() : setting.pipe());
    const body = JSON.stringify({
      model: 'bench',
      stream: true,
      messages: [{ role: 'user', content: prompt }],
    });
    return { server, requests: [{ method: 'POST', path: '/v1/chat/completions', body }] };
  }

  async function salonTarget(way, { count, prompt }) {
    const server = await setting.salon();
    const door = way === 'html' ? 'messages' : 'stream';
    const requests = await questionsOf(server, { cookies: server.cookies, count, content: prompt, door });
    return { server, requests, follow: way === 'html' };
  }

  /** Runs a plan of load.mjs in a process of its own. */
  async function load(plan) {
    number += 1;
    const [file, log] = ['json', 'out'].map((ending) => join(setting.dir, `load-${number}.${ending}`));
    writeFileSync(file, JSON.stringify(plan));
    const child = setting.processes.start([join(setting.here, 'load.mjs'), file], {
      core: plan.core ?? 'rest',
      log,
    });
    const late = setTimeout(() => child.kill('SIGKILL'), LOAD_LIMIT_MS);
    await once(child, 'exit');
    clearTimeout(late);
    const text = readFileSync(log, 'utf8');
    if (child.exitCode !== 0) throw new Error(`the load generator failed: ${text}`);
    return JSON.parse(text);
  }

  return {
    run,
    load,
    target,
    /** Measured once for all rows that want it. The first streams of a way are a warm-up that does not count. */
    at: (way, plan) =>
      setting.shared(`${way} ${JSON.stringify(plan)}`, async () => (await warm(way), run(way, plan))),
    warm,
  };

  function warm(way) {
    return setting.shared(`warm ${way}`, () => run(way, { streams: 40, n: 100, rampMs: 300 }));
  }
}
