import { get } from 'node:http';
import { marksIn, microseconds } from './marks.mjs';

const LIMIT_MS = 60_000;
/** One connection for each reader, as browsers of different people have. */
const agent = false;

/**
 * Follows the events of a reply until they end. @returns `endedAfterMs`: how long after the model server's last piece
 * the reader had the last event, and `bytes` of all events @throws Error when it does not end, or not with `done`
 */
export function followReply(url, { path, cookie }) {
  return new Promise((resolve, reject) => {
    const call = get(new URL(path, url), { agent, headers: { cookie } }, (answer) => {
      const parts = [];
      answer.on('data', (part) => parts.push(part));
      answer.on('error', reject);
      answer.on('end', () => {
        const at = microseconds();
        const events = Buffer.concat(parts);
        const done = events.subarray(events.lastIndexOf('event: done\n'));
        const last = Math.max(...marksIn(messageIn(done) ?? ''));
        if (!Number.isFinite(last)) return reject(new Error(`no whole answer: ${events.slice(-200)}`));
        resolve({ endedAfterMs: (at - last) / 1000, bytes: events.length });
      });
    });
    call.setTimeout(LIMIT_MS, () => call.destroy(new Error('the events stopped')));
    call.on('error', reject);
  });
}

function messageIn(event) {
  const json = /^data: (.*)$/m.exec(event.toString())?.[1];
  return json && JSON.parse(json).message?.content;
}

/** Asks a question in a new conversation. @returns the id of the conversation and where the events of the reply are */
export async function ask(server, { cookie, content }) {
  const conversation = await server.begin(cookie);
  const path = `/conversations/${conversation}/messages`;
  const { json } = await server.expect(201, 'POST', path, { cookie, body: { content } });
  return { conversation, path: `/replies/${json.reply.id}/events`, cookie };
}

/** Asks question after question in one conversation, each when the answer before it is whole. @returns its id */
export async function converse(server, { cookie, contents }) {
  const conversation = await server.begin(cookie);
  for (const content of contents)
    await server.expect(200, 'POST', `/conversations/${conversation}/stream`, { cookie, body: { content } });
  return conversation;
}
