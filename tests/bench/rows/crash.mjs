import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { mapSome } from '../client.mjs';
import { marksIn, microseconds } from '../marks.mjs';
import { short } from '../numbers.mjs';

const STREAMS = 200;
/** Milliseconds between two tokens of one stream. */
const STEP_MS = 20;
const CONTINUED = 5;
/** All streams are running by then; none is near its end. */
const KILL_AFTER_MS = 6000;

/** `kill -9` while answers are written; then a new start on the same folders. */
export async function crash({ setting, streaming }) {
  const first = await setting.startSalon('crash');
  const cookies = await mapSome(['one', 'two', 'three', 'four'], first.signUp);
  const asked = await mapSome(Array.from({ length: STREAMS }), async (_, i) => {
    const cookie = cookies[i % cookies.length];
    return { id: await first.begin(cookie), cookie, content: `Question ${i} [[tps=50 n=3000 para=40]]` };
  });
  const requests = asked.map(({ id, cookie, content }) => ({
    method: 'POST',
    path: `/conversations/${id}/messages`,
    headers: { cookie },
    body: JSON.stringify({ content }),
  }));
  const load = streaming.load({ url: first.url, follow: true, streams: STREAMS, requests, rampMs: 2000 });
  await sleep(KILL_AFTER_MS);
  const killedAt = microseconds();
  await first.stop('SIGKILL');
  await load;

  const second = await setting.startSalon('crash');
  const found = await mapSome(asked, (one) => look(second, one, killedAt));
  const continued = await mapSome(found.slice(0, CONTINUED), (one) => continueReply(second, one));
  await second.stop();
  const db = new Sqlite(join(second.folders.data, 'salon.db'), { readonly: true });
  const integrity = db.pragma('integrity_check', { simple: true });
  db.close();

  const count = (list, test) => list.filter(test).length;
  const prompts = count(found, ({ hasPrompt }) => hasPrompt);
  const marked = count(found, ({ status }) => status === 'interrupted');
  const lost = Math.max(...found.map(({ lostMs }) => lostMs));
  const goesOn = count(continued, Boolean);
  return [
    {
      what: `kill -9 during ${STREAMS} streams`,
      bar: 'prompts there, text older than 500 ms there, marked, continuable, intact',
      measured: `${prompts} prompts, ${marked} marked, most text lost ${short(lost, 'ms')}, ${goesOn} of ${CONTINUED} continued, integrity ${integrity}`,
      value: lost,
      holds:
        prompts === STREAMS &&
        marked === STREAMS &&
        lost <= 500 &&
        goesOn === CONTINUED &&
        integrity === 'ok',
    },
  ];
}

async function look(server, { id, cookie, content }, killedAt) {
  const { json } = await server.expect(200, 'GET', `/conversations/${id}`, { cookie });
  const [question, reply] = json.messages;
  const latest = Math.max(...marksIn(reply?.content ?? ''));
  // The first token that is missing was emitted one step after the last one that is there.
  const lostMs = (killedAt - latest) / 1000 - STEP_MS;
  const hasPrompt = question?.content === content;
  return {
    replyId: reply?.id,
    status: reply?.status,
    text: reply?.content,
    hasPrompt,
    lostMs,
    conversation: id,
    cookie,
  };
}

/** Continues a reply until it has grown, then stops it. @returns whether the old text is still its beginning */
async function continueReply(server, { replyId, text, conversation, cookie }) {
  await server.expect(201, 'POST', `/replies/${replyId}/continue`, { cookie });
  await sleep(2000);
  await server.expect(200, 'POST', `/replies/${replyId}/stop`, { cookie });
  const { json } = await server.expect(200, 'GET', `/conversations/${conversation}`, { cookie });
  const reply = json.messages.find(({ id }) => id === replyId);
  return reply.content.startsWith(text) && reply.content.length > text.length;
}
