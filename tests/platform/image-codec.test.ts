import { createHash } from 'node:crypto';
import { crc32, deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/lib/errors.ts';
import {
  encodeImage,
  imageFormats,
  rasterise,
  rendition,
  sniffImage,
} from '../../src/platform/image-codec.ts';
import { png } from '../support/model-server-images.ts';

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'read',
    (error: unknown) => (error instanceof AppError ? error.code : String(error)),
  );
const encode = (bytes: Buffer) => codeOf(encodeImage(bytes, { format: 'png' }));
const UNREADABLE = 'upstream_image_unreadable';

describe('encoding an image', () => {
  it.each(imageFormats)('gives %s with its size and hash', async (format) => {
    const image = await encodeImage(png(40, 30), { format });
    expect(image).toMatchObject({ width: 40, height: 30, format });
    expect(sniffImage(image.bytes)).toBe(format);
    expect(image.sha256).toBe(createHash('sha256').update(image.bytes).digest('hex'));
  });

  it('keeps no metadata and turns the image upright', async () => {
    const tagged = await sharp(png(40, 20))
      .withExif({ IFD0: { Copyright: 'canary-exif', Orientation: '6' } })
      .withXmp('<x:xmpmeta xmlns:x="adobe:ns:meta/">canary-xmp</x:xmpmeta>')
      .withMetadata({ orientation: 6 })
      .jpeg()
      .toBuffer();
    for (const format of imageFormats) {
      const image = await encodeImage(tagged, { format });
      expect([image.width, image.height]).toEqual([20, 40]);
      expect(image.bytes.includes('canary')).toBe(false);
      const { exif, xmp, icc, iptc, orientation } = await sharp(image.bytes).metadata();
      expect([exif, xmp, icc, iptc, orientation ?? 1]).toEqual([
        undefined,
        undefined,
        undefined,
        undefined,
        1,
      ]);
    }
  });

  it('puts a transparent image on white when JPEG is asked for', async () => {
    const clear = await rasterise('<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"/>', 8, 8);
    const { bytes } = await encodeImage(clear, { format: 'jpeg' });
    const { dominant } = await sharp(bytes).stats();
    expect(Math.min(dominant.r, dominant.g, dominant.b)).toBeGreaterThan(240);
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['text', Buffer.from('hello')],
    ['an SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')],
    ['a GIF', Buffer.from('R0lGODlhAQABAAAAACwAAAAAAQABAAA=', 'base64')],
    ['a PDF', Buffer.from('%PDF-1.4\n')],
    ['a TIFF', Buffer.from('II*\0\b\0\0\0', 'latin1')],
    ['the first bytes of a PNG alone', png(40, 30).subarray(0, 20)],
    ['a PNG cut in the middle', png(300, 300).subarray(0, 200)],
  ])('refuses %s', async (_, bytes) => {
    expect(await encode(bytes)).toBe(UNREADABLE);
  });

  it('stores an encoding of its own, without what hung behind the image', async () => {
    const polyglot = Buffer.concat([png(40, 30), Buffer.from('<script>canary</script>')]);
    const image = await encodeImage(polyglot, { format: 'png' });
    expect(image.bytes.includes('canary')).toBe(false);
  });
});

describe('the limits of ours', () => {
  it('refuse 16,000 × 16,000 pixels of one colour', async () => {
    expect(await encode(claims(16_000, 16_000))).toBe(UNREADABLE);
  });

  it('refuse a strip 65,500 pixels wide', async () => {
    expect(await encode(claims(65_500, 10))).toBe(UNREADABLE);
    expect(await encode(claims(16_385, 10))).toBe(UNREADABLE);
  });

  it('let 40 megapixels through', async () => {
    expect(await encode(png(8000, 5000))).toBe('read');
  }, 30_000);

  it('refuse a WebP of several pages', async () => {
    const frames = Buffer.concat([Buffer.alloc(8 * 8 * 3, 0), Buffer.alloc(8 * 8 * 3, 255)]);
    const animated = await sharp(frames, { raw: { width: 8, height: 16, channels: 3, pageHeight: 8 } })
      .webp({ loop: 0, delay: [100, 100] })
      .toBuffer();
    expect((await sharp(animated).metadata()).pages).toBe(2);
    expect(await encode(animated)).toBe(UNREADABLE);
  });

  it('drop a large text inside a PNG', async () => {
    const plain = png(20, 20);
    const text = chunk('tEXt', Buffer.concat([Buffer.from('Comment\0'), Buffer.alloc(4_000_000, 0x41)]));
    const stuffed = Buffer.concat([plain.subarray(0, 33), text, plain.subarray(33)]);
    const image = await encodeImage(stuffed, { format: 'png' }).catch(() => undefined);
    expect(image?.bytes.length ?? 0).toBeLessThan(10_000);
  });

  it('hold for five at once', async () => {
    const five = Array.from({ length: 5 }, () => encode(claims(16_000, 16_000)));
    expect(new Set(await Promise.all(five))).toEqual(new Set([UNREADABLE]));
  });
});

describe('a rendition', () => {
  it('fits into the wanted size, keeps the shape and is never larger than the original', async () => {
    expect(await rendition(png(400, 200), { width: 100, height: 100 })).toMatchObject({
      width: 100,
      height: 50,
    });
    expect(await rendition(png(400, 200), { width: 9999 })).toMatchObject({ width: 400, height: 200 });
    expect(await rendition(png(3000, 1500), {})).toMatchObject({ width: 2048, height: 1024 });
    expect(await rendition(png(3000, 1500), { width: 5000 })).toMatchObject({ width: 2048, height: 1024 });
  });

  it('has the format of the original unless another is named', async () => {
    expect((await rendition(png(40, 20), { width: 10 })).format).toBe('png');
    expect((await rendition(png(40, 20), { width: 10, format: 'webp' })).format).toBe('webp');
  });

  it('of something else than an image is refused', async () => {
    expect(await codeOf(rendition(Buffer.from('no'), {}))).toBe(UNREADABLE);
  });
});

function chunk(type: string, content: Buffer): Buffer {
  const typed = Buffer.concat([Buffer.from(type, 'latin1'), content]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(content.length);
  sum.writeUInt32BE(crc32(typed));
  return Buffer.concat([length, typed, sum]);
}

/** A valid one-bit PNG of that size in a few kilobytes. */
function claims(width: number, height: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([1, 0, 0, 0, 0], 8);
  const rows = deflateSync(Buffer.alloc((Math.ceil(width / 8) + 1) * height));
  const signature = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', rows),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}
