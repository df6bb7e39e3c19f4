import http from 'node:http';
import https from 'node:https';

/** A connection that is not open after this long is given up: "cannot reach", said within 15 s. */
const CONNECT_LIMIT_MS = 15_000;

/**
 * An idle connection is closed by us before the server does it (Node and uvicorn wait 5 s): a call on one that the server
 * is just closing breaks off without anybody knowing whether it was read, and is then not repeated.
 */
const IDLE_MS = 4000;

/** The code of the error when the connect limit fired; the same that the system uses for its own. */
const CONNECT_TIMED_OUT = 'ETIMEDOUT';

export type Send = {
  url: URL;
  method: 'GET' | 'POST';
  headers: Record<string, string>;
  /** What is no text is read as fast as the server takes it; its length stands in `headers`. */
  body?: string | AsyncIterable<Uint8Array> | undefined;
  signal: AbortSignal;
  /** Take an idle connection when there is one. Not for paid calls: a stale one may die with the outcome unknown. */
  reuse: boolean;
};

export type Transport = {
  /**
   * Sends a request and resolves with the answer's head; the body is the caller's to read or destroy. Redirects are
   * never followed, so a key goes to the host it was written for and nowhere else. When `signal` aborts, at whatever
   * point, the socket closes at once.
   * @throws the system's error (with `code`, and `isConnected`: the server may have read the whole request), or `signal.reason`
   */
  send(request: Send): Promise<http.IncomingMessage>;
  close(): void;
};

/** `node:http` with kept connections: a token costs a third of what a `fetch` body costs. */
export function createTransport(): Transport {
  const agents = {
    'http:': new http.Agent({ keepAlive: true, maxFreeSockets: 64, timeout: IDLE_MS }),
    'https:': new https.Agent({ keepAlive: true, maxFreeSockets: 64, timeout: IDLE_MS }),
  };
  return {
    send: (request) => send(request, request.url.protocol === 'https:' ? agents['https:'] : agents['http:']),
    close: () => Object.values(agents).forEach((agent) => agent.destroy()),
  };
}

function send(request: Send, agent: http.Agent): Promise<http.IncomingMessage> {
  const { url, method, headers, body, signal, reuse } = request;
  const secure = url.protocol === 'https:';
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason as Error);
    const call = (secure ? https : http).request(url, {
      method,
      headers,
      signal,
      agent: reuse ? agent : false,
    });
    let isConnected = false;
    const limit = setTimeout(() => call.destroy(connectTimedOut()), CONNECT_LIMIT_MS);
    call.once('socket', (socket) => {
      const connected = () => {
        isConnected = true;
        clearTimeout(limit);
      };
      if (call.reusedSocket) connected();
      else socket.once(secure ? 'secureConnect' : 'connect', connected);
    });
    call.once('response', (response) => {
      clearTimeout(limit);
      // Answered before it has read everything: nothing more of the body is sent.
      response.once('close', () => {
        if (!call.writableFinished) call.destroy();
      });
      resolve(response);
    });
    call.on('error', (error) => {
      clearTimeout(limit);
      // A server that has not got the whole body has not begun to work.
      const isRead = isConnected && (typeof body !== 'object' || call.writableFinished);
      reject(signal.aborted ? (signal.reason as Error) : Object.assign(error, { isConnected: isRead }));
    });
    if (typeof body === 'object') pump(body, call).catch((error: unknown) => call.destroy(error as Error));
    else call.end(body);
  });
}

/** Writes a body as fast as the socket takes it. Not `pipeline`, which loses the error of a body that cannot be read. */
async function pump(body: AsyncIterable<Uint8Array>, call: http.ClientRequest): Promise<void> {
  for await (const part of body) {
    if (call.destroyed) return;
    if (!call.write(part)) await drained(call);
  }
  call.end();
}

function drained(call: http.ClientRequest): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      call.off('drain', done).off('close', done);
      resolve();
    };
    call.on('drain', done).on('close', done);
  });
}

function connectTimedOut(): Error {
  return Object.assign(new Error('no connection in time'), { code: CONNECT_TIMED_OUT });
}

/**
 * Reads a body as text and stops at `maxBytes`; `cut` says that there was more. Used for error texts and other small
 * answers.
 * @throws the system's error when the connection breaks
 */
export async function readText(
  response: http.IncomingMessage,
  maxBytes: number,
): Promise<{ text: string; cut: boolean }> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    parts.push(part);
    size += part.length;
    if (size > maxBytes) return { text: Buffer.concat(parts).toString('utf8', 0, maxBytes), cut: true };
  }
  return { text: Buffer.concat(parts).toString('utf8'), cut: false };
}
