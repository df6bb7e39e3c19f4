import type { IncomingMessage } from 'node:http';
import { Readable, Transform } from 'node:stream';
import { AppError } from '../../lib/errors.ts';
import type { Transport } from '../transport/transport.ts';

/** Ten images of a common size as base64; more is no answer to what was asked. */
const MAX_ANSWER_BYTES = 160 * 1024 * 1024;

/**
 * `fetch` for the SDK on our own transport: redirects are not followed (the key stays with its host), connecting has a
 * limit, and an answer may take longer to begin than the 300 s at which Node's own `fetch` gives up.
 */
export function createSdkFetch(transport: Transport): typeof fetch {
  return async (input, init = {}) => {
    const body = typeof init.body === 'string' ? init.body : undefined;
    const headers = Object.fromEntries(
      // Without this the SDK reports the operating system, the processor and versions to the server.
      [...new Headers(init.headers)].filter(([name]) => !name.startsWith('x-stainless')),
    );
    if (body !== undefined) headers['content-length'] = String(Buffer.byteLength(body));
    const response = await transport.send({
      url: new URL(input instanceof Request ? input.url : input),
      method: init.method === 'GET' ? 'GET' : 'POST',
      headers: { ...headers, 'user-agent': 'Salon' },
      body,
      signal: init.signal ?? new AbortController().signal,
      reuse: false,
    });
    return answer(response);
  };
}

function answer(response: IncomingMessage): Response {
  const status = Math.max(200, response.statusCode ?? 502);
  const headers = new Headers();
  for (const [name, value] of Object.entries(response.headers))
    if (value !== undefined) headers.set(name, String(value));
  // A body that is not read must still end, else its connection stays open.
  if (status === 204 || status === 304) response.resume();
  const body = status === 204 || status === 304 ? null : Readable.toWeb(bounded(response));
  return new Response(body as BodyInit | null, { status, headers });
}

function bounded(response: IncomingMessage): Readable {
  let size = 0;
  const count = new Transform({
    transform(part: Buffer, _encoding, done) {
      size += part.length;
      if (size <= MAX_ANSWER_BYTES) return done(null, part);
      response.destroy();
      done(new AppError('upstream_too_large'));
    },
  });
  response.on('error', (error) => count.destroy(error));
  return response.pipe(count);
}
