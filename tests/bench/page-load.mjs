// Asks for one page again and again over kept connections: `node tests/bench/page-load.mjs plan.json` prints one JSON
// object. The plan: url, path, headers, connections, seconds, warmUpSeconds, pid.
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { cpuMs } from './proc.mjs';
import { spread } from './numbers.mjs';

const plan = {
  connections: 10,
  seconds: 6,
  warmUpSeconds: 2,
  ...JSON.parse(readFileSync(process.argv[2], 'utf8')),
};
const url = new URL(plan.url);
const lines = Object.entries({ host: url.host, accept: 'text/html', ...plan.headers }).map(
  ([name, value]) => `${name}: ${value}\r\n`,
);
const request = `GET ${plan.path} HTTP/1.1\r\n${lines.join('')}\r\n`;
const state = { isCounting: false, times: [], wrong: {}, bytes: 0 };

const sockets = Array.from({ length: plan.connections }, open);
await sleep(plan.warmUpSeconds * 1000);
const [begun, cpu] = [performance.now(), cpuMs(plan.pid)];
state.isCounting = true;
await sleep(plan.seconds * 1000);
state.isCounting = false;
const [seconds, busyMs] = [(performance.now() - begun) / 1000, cpuMs(plan.pid) - cpu];
for (const socket of sockets) socket.destroy();
const count = state.times.length;
process.stdout.write(
  JSON.stringify({
    perSecond: count / seconds,
    ms: spread(state.times),
    cpuPerPage: (busyMs * 1000) / Math.max(1, count),
    relayShare: busyMs / 1000 / seconds,
    bytes: state.bytes,
    wrong: state.wrong,
  }),
);

function open() {
  const socket = connect(Number(url.port), url.hostname).setNoDelay(true);
  let answer = '';
  let length = 0;
  let askedAt = 0;
  const ask = () => {
    answer = '';
    length = 0;
    askedAt = performance.now();
    socket.write(request);
  };
  socket.on('connect', ask);
  socket.on('error', (error) => (state.wrong[error.message] = (state.wrong[error.message] ?? 0) + 1));
  socket.on('data', (bytes) => {
    answer += bytes.latin1Slice();
    if (length === 0) {
      const end = answer.indexOf('\r\n\r\n');
      if (end >= 0) length = end + 4 + Number(/content-length: (\d+)/i.exec(answer.slice(0, end))?.[1]);
    }
    if (length === 0 || answer.length < length) return;
    const status = answer.slice(9, 12);
    if (status !== '200') state.wrong[status] = (state.wrong[status] ?? 0) + 1;
    else if (state.isCounting) state.times.push(performance.now() - askedAt);
    state.bytes = answer.length;
    ask();
  });
  return socket;
}
