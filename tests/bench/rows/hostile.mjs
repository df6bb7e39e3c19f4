import { ask, followReply } from '../follow.mjs';
import { gapText } from '../loop-watch.mjs';
import { short } from '../numbers.mjs';
import { hostile } from '../texts.mjs';

const KB = 100;
const GAP_MS = 50;
const ENDED_MS = 1000;
const VIEWS = 2;
/** As fast as the fastest models: the whole text in four seconds. */
const content = (kind) => `Tell [[text=${kind} kb=${KB} piece=512 tps=50]]`;

/** Each kind of hostile Markdown as an answer that one reader follows, and that is looked at afterwards. */
export async function hostileMarkdown({ setting }) {
  const kinds = Object.keys(hostile);
  const lines = [];
  let server;
  for (const kind of setting.quick ? kinds.filter((_, i) => i % 3 === 0) : kinds) {
    server ??= await startWarm(setting);
    const result = await measureKind(server, kind).catch((error) => ({ error }));
    lines.push(lineOf(kind, result));
    if (!result.error) continue;
    // It may stand still for minutes: the next kind gets a server of its own.
    await server.stop('SIGKILL');
    server = undefined;
  }
  await server?.stop();
  return lines;
}

async function startWarm(setting) {
  const server = await setting.startSalon('hostile', { core: 'any', isWatched: true });
  const cookie = await server.signUp(`ana-${Date.now()}`);
  const reply = await ask(server, { cookie, content: 'Tell [[text=story kb=20 piece=100 tps=100]]' });
  await followReply(server.url, reply);
  await view(server, cookie, reply.conversation);
  return { ...server, cookie };
}

async function measureKind(server, kind) {
  const { cookie } = server;
  const reply = await ask(server, { cookie, content: content(kind) });
  server.watch.begin();
  const { endedAfterMs } = await followReply(server.url, reply);
  const streaming = await server.watch.end();
  server.watch.begin();
  for (let i = 0; i < VIEWS; i += 1) await view(server, cookie, reply.conversation);
  const viewing = await server.watch.end();
  return { streaming, viewing, endedAfterMs };
}

/** The page of the conversation, and the history with it. */
async function view(server, cookie, conversation) {
  const headers = { accept: 'text/html' };
  await server.expect(200, 'GET', `/conversations/${conversation}`, { cookie, headers });
  await server.expect(200, 'GET', '/history', { cookie, headers });
}

function lineOf(kind, { streaming, viewing, endedAfterMs, error }) {
  const line = {
    what: `hostile Markdown of ${KB} kB: ${hostile[kind][0]}`,
    bar: `no gap over ${GAP_MS} ms, ended text within ${ENDED_MS / 1000} s`,
  };
  if (error) return { ...line, measured: `failed: ${error.message.slice(0, 80)}`, holds: false };
  const gap = Math.max(streaming.busyMs, viewing.busyMs);
  return {
    ...line,
    measured: `gap ${gapText(streaming)}, viewed ${gapText(viewing)}, ended after ${short(endedAfterMs, 'ms')}`,
    value: gap,
    holds: gap <= GAP_MS && endedAfterMs <= ENDED_MS,
  };
}
