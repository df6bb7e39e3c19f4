import { both, medianOf, short } from '../numbers.mjs';
import { carried, ways } from '../streaming.mjs';

/** The shared flush clock of Salon (`TICK_MS` in src/chat/replies/broadcaster.ts). */
const FLUSH_MS = 60;
const AT = 200;
const names = { html: 'rendered blocks', text: 'text' };

/** More lag than this on the direct path, or in the raw pipe, means that the machine was busy with something else. */
const QUIET_LAG_MS = { direct: 2, pipe: 10 };

/** For rows 2, 4, 5 and 6: each way in turn, the direct path first; medians of three runs, since machines are moody. */
const at200 = ({ streaming, setting }) =>
  setting.shared('at 200', async () => {
    const runs = Object.fromEntries(ways.map((way) => [way, []]));
    for (const way of ways) await streaming.warm(way);
    for (let run = 0; run < (setting.quick ? 1 : 3); run += 1)
      for (const way of ways) runs[way].push(await streaming.run(way, { streams: AT }));
    return Object.fromEntries(ways.map((way) => [way, medianOf(runs[way])]));
  });

const perWay = async (context, row) => {
  const results = await at200(context);
  return ['html', 'text'].map((way) => ({
    ...row({ ...results, salon: results[way], way: names[way] }),
    note: quietNote(results),
  }));
};

export const cpuPerToken = (context) =>
  perWay(context, ({ salon, pipe, way }) => ({
    what: `CPU per token at ${AT} streams, ${way}`,
    bar: '≤ 1.6 × raw pipe',
    measured: short(salon.cpuPerToken, 'µs'),
    pipe: short(pipe.cpuPerToken, 'µs'),
    ratio: salon.cpuPerToken / pipe.cpuPerToken,
    value: salon.cpuPerToken,
    holds: salon.isComplete && salon.cpuPerToken <= 1.6 * pipe.cpuPerToken,
  }));

export const firstTokenAt200 = (context) =>
  perWay(context, ({ salon, pipe, direct, way }) => ({
    what: `first token at ${AT} streams, ${way}`,
    bar: 'p99 ≤ 50 ms',
    measured: both(salon.firstToken, 'ms'),
    direct: both(direct.firstToken, 'ms'),
    pipe: both(pipe.firstToken, 'ms'),
    ratio: salon.firstToken.p99 / pipe.firstToken.p99,
    value: salon.firstToken.p99,
    holds: salon.isComplete && salon.firstToken.p99 <= 50,
  }));

export const lagAt200 = (context) =>
  perWay(context, ({ salon, pipe, direct, way }) => ({
    what: `token lag at ${AT} streams, ${way}`,
    bar: `p99 ≤ ${FLUSH_MS} + 20 ms`,
    measured: both(salon.lag, 'ms'),
    direct: both(direct.lag, 'ms'),
    pipe: both(pipe.lag, 'ms'),
    ratio: salon.lag.p99 / pipe.lag.p99,
    value: salon.lag.p99,
    holds: salon.isComplete && salon.lag.p99 <= FLUSH_MS + 20,
  }));

export async function bytesPerToken({ streaming, setting }) {
  const { direct, pipe, ...results } = await at200({ streaming, setting });
  const long = setting.quick ? 400 : 800;
  const rows = [];
  for (const [way, most] of [
    ['html', 60],
    ['text', 45],
  ]) {
    const salon = results[way];
    const longer = await streaming.run(way, { streams: 5, n: long, rampMs: 100 });
    const growth = longer.bytesPerToken / salon.bytesPerToken;
    rows.push({
      what: `bytes per token, ${names[way]}`,
      bar: `linear, ≤ ${most}`,
      measured: `${short(salon.bytesPerToken, 'B')} (${short(longer.bytesPerToken)} in answers of ${long} tokens)`,
      value: salon.bytesPerToken,
      direct: short(direct.bytesPerToken, 'B'),
      pipe: short(pipe.bytesPerToken, 'B'),
      ratio: salon.bytesPerToken / pipe.bytesPerToken,
      holds: Math.max(salon.bytesPerToken, longer.bytesPerToken) <= most && growth < 1.1,
    });
  }
  return rows;
}

export async function firstTokenAt10({ streaming, setting }) {
  const plan = { streams: 10, rounds: setting.quick ? 4 : 20, n: 30, rampMs: 300 };
  const [direct, pipe] = [await streaming.at('direct', plan), await streaming.at('pipe', plan)];
  const rows = [];
  for (const way of ['html', 'text']) {
    const salon = await streaming.at(way, plan);
    const added = (share) => salon.firstToken[share] - direct.firstToken[share];
    rows.push({
      what: `first token added over the direct path at 10 streams, ${names[way]}`,
      bar: 'p50 ≤ 3, p99 ≤ 10 ms',
      measured: `${short(added('p50'))} / ${short(added('p99'), 'ms')}`,
      direct: both(direct.firstToken, 'ms'),
      pipe: both(pipe.firstToken, 'ms'),
      ratio: salon.firstToken.p50 / pipe.firstToken.p50,
      value: salon.firstToken.p99,
      holds: salon.isComplete && added('p50') <= 3 && added('p99') <= 10,
    });
  }
  return rows;
}

export async function streamsPerCore({ streaming, setting }) {
  const steps = setting.quick ? { from: 200, by: 200, fine: 100 } : { from: 200, by: 100, fine: 25 };
  const pipe = await mostCarried(streaming, 'pipe', { ...steps, from: 400 });
  const direct = await streaming.run('direct', { streams: pipe.streams });
  const rows = [];
  for (const way of ['html', 'text']) {
    const salon = await mostCarried(streaming, way, steps);
    rows.push({
      what: `streams that one core carries, ${names[way]}`,
      bar: '≥ 0.6 × raw pipe',
      measured: `${salon.streams} (first ${both(salon.firstToken)}, lag ${both(salon.lag, 'ms')})`,
      direct: `lag ${both(direct.lag, 'ms')} at ${direct.streams}`,
      pipe: `${pipe.streams} (lag ${both(pipe.lag, 'ms')})`,
      ratio: salon.streams / pipe.streams,
      value: salon.streams,
      more: true,
      holds: salon.streams >= 0.6 * pipe.streams,
    });
  }
  return rows;
}

function quietNote({ direct, pipe }) {
  const isQuiet = direct.lag.p99 <= QUIET_LAG_MS.direct && pipe.lag.p99 <= QUIET_LAG_MS.pipe;
  const lags = `lag p99 ${short(direct.lag.p99)} direct, ${short(pipe.lag.p99, 'ms')} raw pipe`;
  return isQuiet ? undefined : `the machine was busy (${lags}): do not rely on it.`;
}

const nothing = { streams: 0, firstToken: {}, lag: {} };
const MOST = 2000;
/** An answer takes 4 s; a level that takes so long is not carried. */
const LIMIT_MS = 20_000;

/** Steps up to the first level that fails, then halves the gap down to `fine`. A level may fail once by bad luck. */
async function mostCarried(streaming, way, { from, by, fine }) {
  await streaming.warm(way);
  let best = nothing;
  let over;
  for (let level = from; level <= MOST;) {
    const result = (await carriedAt(streaming, way, level)) ?? (await carriedAt(streaming, way, level));
    if (result) best = result;
    else over = level;
    const gap = over === undefined ? by * 2 : over - best.streams;
    if (gap <= fine) break;
    level = best.streams + Math.round(gap / 2);
  }
  return best;
}

async function carriedAt(streaming, way, streams) {
  const result = await streaming.run(way, { streams, timeoutMs: LIMIT_MS });
  return carried(result) ? result : undefined;
}
