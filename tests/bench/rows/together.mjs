import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { short, spread } from '../numbers.mjs';

const ANSWERS = 50;
const IMAGES = 100;
const LIMIT_MS = 120_000;

/** Much at once of one person. */
export async function manyAtOnce({ setting }) {
  const server = await setting.startSalon('together', { core: 'any' });
  const cookie = await server.signUp('ana');
  const rows = [await answers(server, cookie), await images(server, cookie)];
  await server.stop();
  return rows;
}

async function answers(server, cookie) {
  const body = { content: 'Tell [[tps=50 n=100]]' };
  const asked = Array.from({ length: ANSWERS }, () =>
    server.expect(201, 'POST', '/conversations', { cookie, body }),
  );
  const ids = (await Promise.all(asked)).map(({ json }) => json.reply.conversation_id ?? json.id);
  const isStored = async (id) => {
    const { json } = await server.expect(200, 'GET', `/conversations/${id}`, { cookie });
    const reply = json.messages.at(-1);
    return reply.role === 'assistant' && reply.status === 'complete' && reply.content.split(' ').length > 99;
  };
  const stored = await countUntil(
    ANSWERS,
    async () => (await Promise.all(ids.map(isStored))).filter(Boolean).length,
  );
  return {
    what: `${ANSWERS} answers of one person at once`,
    bar: `${ANSWERS} stored`,
    measured: `${stored} stored`,
    value: stored,
    more: true,
    holds: stored === ANSWERS,
  };
}

async function images(server, cookie) {
  const times = [];
  const begun = performance.now();
  const ask = async (_, i) => {
    const at = performance.now();
    const { status } = await server.send('POST', '/images', {
      cookie,
      body: { prompt: `A lamp, number ${i}`, size: '1024x1024' },
    });
    times.push(performance.now() - at);
    return status;
  };
  const statuses = await Promise.all(Array.from({ length: IMAGES }, ask));
  const allMs = performance.now() - begun;
  const accepted = statuses.filter((status) => status === 202).length;
  const files = await countUntil(IMAGES, () => filesIn(server.folders.images));
  return {
    what: `${IMAGES} images of one person at once, rate settings raised`,
    bar: `all accepted in 1 s, ${IMAGES} files`,
    measured: `${accepted} in ${short(allMs, 'ms')} (p99 ${short(spread(times).p99, 'ms')}), ${files} files after ${short((performance.now() - begun) / 1000, 's')}`,
    value: allMs,
    holds: accepted === IMAGES && allMs <= 1000 && files === IMAGES,
  };
}

function filesIn(folder) {
  return readdirSync(folder, { recursive: true }).filter((name) => name.endsWith('.png')).length;
}

/** Counts again until `wanted` is reached or the time is over. @returns the last count */
async function countUntil(wanted, count) {
  const end = Date.now() + LIMIT_MS;
  for (;;) {
    const found = await count();
    if (found >= wanted || Date.now() > end) return found;
    await sleep(200);
  }
}
