import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { promptTokens } from '../../src/provider/tokens.ts';
import { png, sampleImage } from '../support/model-server-images.ts';
import type { ModelServer } from '../support/model-server.ts';
import { codeOf, setUpProvider } from './setup.ts';

let server: ModelServer;
const { open } = setUpProvider((started) => (server = started));

/** What the model server gets for an image. */
async function sentFor(bytes: Buffer): Promise<Buffer> {
  const turns = [{ role: 'user' as const, content: [{ type: 'image' as const, bytes }] }];
  await open().provider.chat({ turns }, { signal: new AbortController().signal, onText: () => undefined });
  const [message] = server.calls().at(-1)?.body['messages'] as {
    content: { image_url: { url: string } }[];
  }[];
  const url = message?.content[0]?.image_url.url ?? '';
  expect(url).toMatch(/^data:image\/(png|jpeg|webp);base64,/);
  return Buffer.from(url.slice(url.indexOf(',') + 1), 'base64');
}

const painted = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: '#337799' } });

describe('a turn in parts', () => {
  it('is sent as text, image and file, in this order', async () => {
    const image = png(32, 32);
    const content = [
      { type: 'text' as const, text: 'What is this?' },
      { type: 'image' as const, bytes: image },
      { type: 'file' as const, name: 'a.pdf', mediaType: 'application/pdf', bytes: Buffer.from('%PDF') },
    ];
    const turns = [{ role: 'user' as const, content }];
    await open().provider.chat({ turns }, { signal: new AbortController().signal, onText: () => undefined });
    expect(server.calls()[0]?.body['messages']).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What is this?' },
          { type: 'image_url', image_url: { url: `data:image/png;base64,${image.toString('base64')}` } },
          { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBERg==' } },
        ],
      },
    ]);
  });

  it('has an image that fits as it is', async () => {
    const image = sampleImage();
    expect((await sentFor(image)).equals(image)).toBe(true);
  });

  it.each([
    ['wide', 4000, 1000, { width: 2048, height: 512 }],
    ['high', 500, 3000, { width: 341, height: 2048 }],
  ])('has a %s image fitted into what a model sees', async (_shape, width, height, expected) => {
    const sent = await sentFor(await painted(width, height).jpeg().toBuffer());
    expect(await sharp(sent).metadata()).toMatchObject({ ...expected, format: 'jpeg' });
  });

  it('has an image of a format that few servers read in another one', async () => {
    const sent = await sentFor(await painted(64, 64).avif().toBuffer());
    expect(await sharp(sent).metadata()).toMatchObject({ width: 64, format: 'webp' });
  });

  it('is refused when its image is none, and nothing is sent', async () => {
    const error: unknown = await sentFor(Buffer.from('not an image')).catch((thrown: unknown) => thrown);
    expect(codeOf(error)).toBe('upstream_image_unreadable');
    expect(server.calls()).toHaveLength(0);
  });

  it('counts images and files for the limits and the ledger', () => {
    const image = { type: 'image' as const, bytes: png(8, 8) };
    const text = { type: 'text' as const, text: 'word'.repeat(10) };
    expect(promptTokens([{ role: 'user', content: [text, image, image] }])).toBe(2010);
    expect(promptTokens([{ role: 'user', content: 'word'.repeat(10) }])).toBe(10);
  });
});
