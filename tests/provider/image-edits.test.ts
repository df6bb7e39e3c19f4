import { describe, expect, it } from 'vitest';
import type { SentImage } from '../../src/provider/provider.ts';
import type { ModelServer } from '../support/model-server.ts';
import { png } from '../support/model-server-images.ts';
import { paint, setUpProvider } from './setup.ts';

let server: ModelServer;
const { open } = setUpProvider((started) => (server = started));

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
