import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { SentImage } from '../../src/provider/provider.ts';
import { json } from '../support/model-server.ts';
import { sampleImage } from '../support/model-server-images.ts';
import { cleanUpAfterEach, openProvider, paint } from './setup.ts';

const cleanUp = cleanUpAfterEach();

/** A file of random bytes, and the image that reads it. */
async function onDisk(size: number) {
  const folder = await mkdtemp(join(tmpdir(), 'salon-edit-'));
  cleanUp.push(() => rm(folder, { recursive: true }));
  const path = join(folder, 'large.png');
  const bytes = randomBytes(size);
  await writeFile(path, bytes);
  const image: SentImage = {
    type: 'image/png',
    bytes: (await stat(path)).size,
    open: () => createReadStream(path),
  };
  return { image, sha256: createHash('sha256').update(bytes).digest('hex') };
}

/** A server that handles each request as it likes, the body unread. @returns a provider that asks it */
async function answering(handle: (request: IncomingMessage, response: ServerResponse) => void) {
  const raw = http.createServer((request, response) => {
    if (request.method === 'POST') return handle(request, response);
    json(response, 200, { data: [{ id: 'gpt-image-1' }] });
  });
  await new Promise<void>((resolve) => raw.listen(0, '127.0.0.1', resolve));
  cleanUp.push(() => {
    raw.closeAllConnections();
    raw.close();
  });
  const { port } = raw.address() as AddressInfo;
  return openProvider({ OPENAI_BASE_URL: `http://127.0.0.1:${port}/v1`, OPENAI_MAX_RETRIES: '0' }, cleanUp)
    .provider;
}

const edited = { data: [{ b64_json: sampleImage().toString('base64') }] };

describe('a large edit', () => {
  const SIZE = 40 * 1024 * 1024;

  it('streams from the disk, and waits for a server that does not read', async () => {
    const { image, sha256 } = await onDisk(SIZE);
    let given = 0;
    const paused: IncomingMessage[] = [];
    const parts: Buffer[] = [];
    const provider = await answering((request, response) => {
      paused.push(request.pause());
      request.on('data', (part: Buffer) => void parts.push(part));
      request.on('end', () => json(response, 200, edited));
    });
    const counted: SentImage = {
      ...image,
      async *open() {
        for await (const piece of await image.open()) {
          given += piece.length;
          yield piece;
        }
      },
    };
    const painting = paint(provider, { prompt: 'a boat', references: [counted] });
    let before = 0;
    const isStill = () => {
      const last = before;
      before = given;
      return given > 0 && given === last;
    };
    await expect.poll(isStill, { interval: 200 }).toBe(true);
    // What the sockets of the system hold, and no more.
    expect(given).toBeLessThan(SIZE / 2);
    paused[0]?.resume();
    expect((await painting).made).toBe(1);
    const body = Buffer.concat(parts);
    const start = body.indexOf('\r\n\r\n', body.indexOf('name="image[]"')) + 4;
    const received = createHash('sha256').update(body.subarray(start, start + SIZE));
    expect(received.digest('hex')).toBe(sha256);
  });

  it('closes socket and file when it is cancelled midway', async () => {
    const { image } = await onDisk(SIZE);
    let isClosed = false;
    let isFileClosed = false;
    const paused: IncomingMessage[] = [];
    const provider = await answering((request) => {
      paused.push(request.pause());
      request.once('close', () => (isClosed = true));
    });
    let given = 0;
    const watched: SentImage = {
      ...image,
      async *open() {
        try {
          for await (const piece of await image.open()) {
            given += piece.length;
            yield piece;
          }
        } finally {
          isFileClosed = true;
        }
      },
    };
    const stop = new AbortController();
    const painting = paint(provider, { prompt: 'a boat', references: [watched] }, stop.signal);
    await expect.poll(() => paused.length > 0 && given > 0).toBe(true);
    const reason = new Error('cancelled by a person');
    stop.abort(reason);
    expect((await painting).error).toBe(reason);
    // A connection whose end is not read stays open for the reader.
    paused[0]?.resume();
    await expect.poll(() => [isClosed, isFileClosed]).toEqual([true, true]);
    expect(given).toBeLessThan(SIZE);
  });

  it('that is refused before it is read whole is told in the words of the refusal, and sends no more', async () => {
    const { image } = await onDisk(SIZE);
    let isClosed = false;
    const provider = await answering((request, response) => {
      request.socket.once('close', () => (isClosed = true));
      json(response, 401, { error: { message: 'Incorrect API key provided', code: 'invalid_api_key' } });
    });
    const painted = await paint(provider, { prompt: 'a boat', references: [image] });
    expect(painted.code).toBe('upstream_key_missing');
    await expect.poll(() => isClosed).toBe(true);
  });

  it('whose connection breaks before the server has it whole was not begun', async () => {
    const { image } = await onDisk(SIZE);
    const provider = await answering((request) => void request.once('data', () => request.socket.destroy()));
    expect((await paint(provider, { prompt: 'a boat', references: [image] })).code).toBe(
      'upstream_unreachable',
    );
  });
});
