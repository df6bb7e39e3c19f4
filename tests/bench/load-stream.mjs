import { connect } from 'node:net';
import { createMarkFinder, microseconds } from './marks.mjs';

/** Streams that are not measured for lag are read this seldom; the kernel's buffers hold the rest. */
const GULP_MS = 250;
const LAST_CHUNK = '0\r\n\r\n';

/**
 * Runs one streamed answer over a connection of its own and adds what it saw to `record`. `request` is `{ method,
 * path, headers, body }`. With `follow` its answer is JSON that names a reply, whose events are then asked for on the
 * same connection. Only an `isSampled` stream reads every piece at once, so that the generator stays cheap.
 */
export function runStream({ url, request, follow, isSampled, expect, timeoutMs }, record) {
  return new Promise((resolve) => {
    const socket = connect(Number(url.port), url.hostname).setNoDelay(true);
    const begun = microseconds();
    const since = () => (microseconds() - begun) / 1000;
    let seen = 0;
    let status = 0;
    let fault = '';
    let isWhole = false;
    let lastAt = 0;

    const mark = createMarkFinder((emitted) => {
      const at = microseconds();
      if (seen === 0) record.firstToken.push((at - begun) / 1000);
      if (isSampled) record.lag.push((at - emitted) / 1000);
      if (isSampled && lastAt > 0) record.gap.push((at - lastAt) / 1000);
      lastAt = at;
      seen += 1;
    });

    const readAnswer = (text) => {
      if (status === 0) status = Number(text.slice(9, 12));
      if (status > 299) return socket.destroy(new Error(`status ${status}`));
      mark(text);
      isWhole = text.endsWith(`\r\n${LAST_CHUNK}`) || text === LAST_CHUNK;
      // The end of a chunked body: the peer need not close the connection.
      if (isWhole) return socket.destroy();
      if (!isSampled && seen > 0) gulp(socket);
    };

    let head = '';
    const readReply = (text) => {
      head += text;
      const body = wholeBody(head);
      if (body === undefined) return;
      const { reply } = JSON.parse(body);
      if (!reply) return socket.destroy(new Error(body.slice(0, 200)));
      read = readAnswer;
      socket.write(
        textOf(url, { method: 'GET', path: `/replies/${reply.id}/events`, headers: request.headers }),
      );
    };

    let read = follow ? readReply : readAnswer;
    const timer = setTimeout(() => socket.destroy(new Error('timeout')), timeoutMs);
    socket.on('connect', () => socket.write(textOf(url, request)));
    socket.on('data', (bytes) => {
      if (read === readAnswer) record.bytes += bytes.length;
      read(bytes.latin1Slice());
    });
    socket.on('error', (error) => (fault = error.message));
    socket.on('close', () => {
      clearTimeout(timer);
      record.tokens += seen;
      if (isWhole && seen >= expect) record.ok += 1;
      else record.faults.push(fault || `ended after ${seen} tokens, status ${status}`);
      if (isSampled) record.total.push(since());
      resolve();
    });
  });
}

/** Stops reading at the handle for a while: a paused stream would still read piece by piece. */
function gulp(socket) {
  const handle = socket._handle;
  if (!handle) return;
  handle.readStop();
  setTimeout(() => socket._handle?.readStart(), GULP_MS);
}

/** The body of an answer with a `Content-Length`, once all of it is there. */
function wholeBody(text) {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0);
  return text.length >= end + 4 + length ? text.slice(end + 4) : undefined;
}

/** A request as it goes over the wire. */
function textOf(url, { method, path, headers = {}, body = '' }) {
  const all = { host: url.host, accept: '*/*', ...headers };
  if (body !== '')
    Object.assign(all, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`;
}
