import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { SentImage } from '../../src/provider/provider.ts';
import { json, type ModelServer } from '../support/model-server.ts';
import { png, sampleImage } from '../support/model-server-images.ts';
import { openProvider, paint, setUpProvider } from './setup.ts';

let server: ModelServer;
const { open, cleanUp } = setUpProvider((started) => (server = started));

const inMemory = (bytes: Buffer, type: SentImage['type'] = 'image/png'): SentImage => ({
  type,
  bytes: bytes.length,
  open: () => chunksOf(bytes),
});

async function* chunksOf(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += 65_536)
    yield await Promise.resolve(bytes.subarray(at, at + 65_536));
}

/** An image that only claims its size: it must never be read. */
const claiming = (bytes: number): SentImage => ({
  type: 'image/png',
  bytes,
  open: () => expect.fail('it was read'),
});

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

describe('an edit', () => {
  it('goes out as a form with its fields, the images in order and the mask, byte by byte', async () => {
    const { provider } = open();
    const [first, second, mask] = [
      png(64, 64),
      Buffer.from('\r\n--not a boundary\r\n'),
      png(64, 64, [0, 0, 0]),
    ];
    const painted = await paint(provider, {
      prompt: 'Füg ein "Boot" hinzu 🛶\r\n--x',
      references: [inMemory(first), inMemory(second, 'image/jpeg')],
      mask: inMemory(mask),
      model: 'gpt-image-1.5',
      quality: 'high',
      format: 'webp',
      compression: 50,
      moderation: 'low',
      inputFidelity: 'high',
      n: 2,
    });
    expect(painted.images).toHaveLength(2);
    const [call] = server.calls();
    expect(call?.path).toBe('/v1/images/edits');
    expect(call?.body).toEqual({
      model: 'gpt-image-1.5',
      prompt: 'Füg ein "Boot" hinzu 🛶\r\n--x',
      size: '1024x1024',
      quality: 'high',
      output_format: 'webp',
      output_compression: '50',
      input_fidelity: 'high',
      n: '2',
    });
    expect(call?.files).toEqual([
      { field: 'image[]', name: '1.png', type: 'image/png', bytes: first },
      { field: 'image[]', name: '2.jpeg', type: 'image/jpeg', bytes: second },
      { field: 'mask', name: '3.png', type: 'image/png', bytes: mask },
    ]);
    expect(call?.headers['transfer-encoding']).toBeUndefined();
    expect(Number(call?.headers['content-length'])).toBeGreaterThan(
      first.length + second.length + mask.length,
    );
  });

  it('carries a drawing over the image where the model takes one', async () => {
    const { provider } = open();
    const request = { prompt: 'a boat', references: [inMemory(png(8, 8))], markup: inMemory(png(8, 8)) };
    await paint(provider, { ...request, model: 'gpt-image-2.5' });
    expect(server.calls()[0]?.files.map(({ field }) => field)).toEqual(['image[]', 'markup']);
    expect((await paint(provider, { ...request, model: 'gpt-image-2' })).code).toBe('invalid');
    expect(server.calls()).toHaveLength(1);
  });

  it.each([
    ['an image over 50 MB', { references: [claiming(50_000_001)] }, 'image_too_large'],
    ['a mask over 4 MB', { references: [inMemory(png(8, 8))], mask: claiming(4_000_001) }, 'mask_too_large'],
    ['more than 16 images', { references: Array.from({ length: 17 }, () => claiming(1)) }, 'invalid'],
    ['a mask without an image', { mask: claiming(1) }, 'invalid'],
    ['an image for a model that takes none', { references: [claiming(1)], model: 'dall-e-3' }, 'invalid'],
  ])('with %s is refused before anything is sent', async (_what, request, code) => {
    const { provider } = open();
    expect((await paint(provider, { prompt: 'a boat', ...request })).code).toBe(code);
    expect(server.calls()).toHaveLength(0);
  });

  it('is sent anew, read from its beginning, when the server asks for a pause', async () => {
    const { provider } = open();
    const image = png(64, 64);
    const request = { prompt: '[[err=429 retry-after=1 times=1]]', references: [inMemory(image)] };
    expect((await paint(provider, request)).made).toBe(1);
    expect(server.calls().map(({ files }) => files[0]?.bytes.equals(image))).toEqual([true, true]);
  });

  it('that a filter refuses is told as that', async () => {
    const { provider } = open();
    const request = { prompt: '[[err=400 code=moderation_blocked]]', references: [inMemory(png(8, 8))] };
    expect((await paint(provider, request)).code).toBe('upstream_filtered');
    expect(server.calls()).toHaveLength(1);
  });

  it('fails as a fault of ours when a file is not as long as it was', async () => {
    const { provider } = open();
    const bytes = png(64, 64);
    for (const length of [bytes.length - 1, bytes.length + 1]) {
      const changed = { ...inMemory(bytes), bytes: length };
      expect((await paint(provider, { prompt: 'a boat', references: [changed] })).code).toBe('internal');
    }
  });
});

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
