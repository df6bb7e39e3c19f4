// The load generator, a process of its own: `node tests/bench/load.mjs plan.json` prints one JSON object. The plan:
//   url, requests (one per stream, in turn), follow, streams, rampMs (all have begun after that long), sample (how many
//   streams are measured for lag), expect (tokens), timeoutMs, rounds, pid (the relay, for its processor time and memory)
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { runStream } from './load-stream.mjs';
import { microseconds } from './marks.mjs';
import { cpuMs, rssMb } from './proc.mjs';
import { spread } from './numbers.mjs';

const RSS_EVERY_MS = 250;
const plan = {
  rampMs: 1000,
  sample: 50,
  expect: 0,
  timeoutMs: 60_000,
  rounds: 1,
  ...JSON.parse(readFileSync(process.argv[2], 'utf8')),
};
const url = new URL(plan.url);
const record = { ok: 0, faults: [], tokens: 0, bytes: 0, firstToken: [], lag: [], gap: [], total: [] };
const before = { at: microseconds(), cpu: cpuMs(plan.pid), rss: rssMb(plan.pid), own: process.cpuUsage() };
let peak = before.rss;
const watch = setInterval(() => (peak = Math.max(peak, rssMb(plan.pid))), RSS_EVERY_MS);

for (let round = 0; round < plan.rounds; round += 1) await runRound(round);
clearInterval(watch);
process.stdout.write(JSON.stringify(result()));

async function runRound(round) {
  const { streams, rampMs, sample, requests } = plan;
  const begun = microseconds();
  const running = [];
  for (let i = 0; i < streams; i += 1) {
    const isSampled =
      Math.floor((i * sample) / streams) !== Math.floor(((i + 1) * sample) / streams) || sample >= streams;
    const request = requests[(round * streams + i) % requests.length];
    running.push(runStream({ ...plan, url, request, isSampled }, record));
    const due = begun + (rampMs * 1000 * (i + 1)) / streams;
    while (due - microseconds() > 2000) await sleep(1);
  }
  await Promise.all(running);
}

function result() {
  const wallMs = (microseconds() - before.at) / 1000;
  const own = process.cpuUsage(before.own);
  const tokens = Math.max(record.tokens, 1);
  const count = plan.streams * plan.rounds;
  return {
    streams: plan.streams,
    isComplete: record.ok === count,
    ok: record.ok,
    faults: [...new Set(record.faults)].slice(0, 5),
    tokens: record.tokens,
    bytesPerToken: record.bytes / tokens,
    firstToken: spread(record.firstToken),
    lag: spread(record.lag),
    gap: spread(record.gap),
    total: spread(record.total),
    cpuPerToken: plan.pid ? ((cpuMs(plan.pid) - before.cpu) * 1000) / tokens : undefined,
    rssPerStreamKb: plan.pid ? ((peak - before.rss) * 1024) / plan.streams : undefined,
    generatorShare: (own.user + own.system) / 1000 / wallMs,
  };
}
