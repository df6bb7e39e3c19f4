import { setTimeout as sleep } from 'node:timers/promises';
import { mapSome } from '../client.mjs';
import { converse } from '../follow.mjs';
import { short } from '../numbers.mjs';
import { startPings } from '../pings.mjs';
import { storeConversation } from '../stored.mjs';
import { hostile, textOf } from '../texts.mjs';

const PEOPLE = ['one', 'two', 'three'];
const ANSWERS = 30;
const BYTES = 100_000;
const BAR_MS = 300;
/** Pings before and after, so that the first and the last page are among others. */
const MARGIN_MS = 500;
const kinds = Object.keys(hostile);
/** Each person's conversation ends with kinds of its own. */
const kindAt = (person, i) => kinds[(i + person * 4) % kinds.length];
const headers = { accept: 'text/html' };

/** Conversations of the worst Markdown, opened by three people at once, while another person goes on working. */
export async function hostileConversation({ setting }) {
  const answers = setting.quick ? ANSWERS / 3 : ANSWERS;
  return [await asWritten(setting, answers), await asFound(setting, answers)];
}

/** The answers came through Salon, as answers do. */
async function asWritten(setting, answers) {
  const server = await setting.startSalon('hostile-written', { core: 'any' });
  const cookies = await mapSome([...PEOPLE, 'other'], server.signUp, 1);
  const conversations = await mapSome(PEOPLE, (_, person) => {
    const ask = (_, i) => `Tell [[text=${kindAt(person, i)} kb=${BYTES / 1000} piece=4096 tps=0]]`;
    return converse(server, { cookie: cookies[person], contents: Array.from({ length: answers }, ask) });
  });
  const result = await openAll(server, { cookies, conversations });
  await server.stop();
  return lineOf(answers, 'just written', result);
}

/** The answers are in the database as an earlier version has left them; Salon has just started. */
async function asFound(setting, answers) {
  const first = await setting.startSalon('hostile-found', { core: 'any' });
  const cookies = await mapSome([...PEOPLE, 'other'], first.signUp, 1);
  await first.stop();
  const conversations = PEOPLE.map((username, person) => {
    const texts = Array.from({ length: answers }, (_, i) => textOf(kindAt(person, i), BYTES));
    return storeConversation(first.folders.data, { username, texts });
  });
  const server = await setting.startSalon('hostile-found', { core: 'any' });
  const result = await openAll(server, { cookies, conversations });
  await server.stop();
  return lineOf(answers, 'of an older version, right after a start', result);
}

async function openAll(server, { cookies, conversations }) {
  const other = cookies.at(-1);
  // Another person is at work already.
  await server.expect(200, 'GET', '/', { cookie: other, headers });
  const stop = startPings(server, [{ path: '/healthz' }, { path: '/', cookie: other, headers }]);
  await sleep(MARGIN_MS);
  const opened = await Promise.all(conversations.map((id, person) => open(server, id, cookies[person])));
  await sleep(MARGIN_MS);
  return { opened, pings: await stop() };
}

/** @returns how long the page took, in milliseconds; Infinity when it did not come */
async function open(server, id, cookie) {
  const begun = performance.now();
  const answer = server.expect(200, 'GET', `/conversations/${id}`, { cookie, headers });
  return answer.then(
    () => performance.now() - begun,
    () => Infinity,
  );
}

function lineOf(answers, state, { opened, pings }) {
  const most = Math.max(...Object.values(pings).map(({ max }) => max));
  const failed = Object.values(pings).reduce((sum, ping) => sum + ping.failed, 0);
  const text = ({ p50, p99, max }) => `${short(p50)} / ${short(p99)} / ${short(max, 'ms')}`;
  const whole = opened.filter(Number.isFinite);
  return {
    what: `ping while ${PEOPLE.length} people open ${answers} hostile answers of ${BYTES / 1000} kB each, ${state}`,
    bar: `< ${BAR_MS} ms, each of them`,
    measured: `p50 / p99 / p100: /healthz ${text(pings['/healthz'])}, a small page ${text(pings['/'])}; ${failed} failed; ${whole.length} of ${opened.length} opened within ${short(Math.max(0, ...whole), 'ms')}`,
    value: most,
    holds: failed === 0 && whole.length === opened.length && most < BAR_MS,
  };
}
