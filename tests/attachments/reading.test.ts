import sharp from 'sharp';
import { expect, it } from 'vitest';
import type { Person } from '../support/chat.ts';
import { setUpChat } from '../support/set-up.ts';
import { heic, line, lockedPdf, makePdf, packedPdf } from './files.ts';
import { attach, fileOf } from './setup.ts';

let ana: Person;
setUpChat((opened) => ({ ana } = opened));

const plain = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: '#884422' } });

it('keeps a text as it is and says how many tokens it has', async () => {
  const { status, body } = await attach(ana, 'a story of the sea.\n'.repeat(100), 'story.txt');
  expect(status).toBe(201);
  expect(body).toMatchObject({ name: 'story.txt', kind: 'text', bytes: 2000, tokens: 500 });
  const file = await fileOf(ana, body.id);
  expect(file.bytes.toString()).toContain('a story of the sea.');
  expect(file.headers.get('content-type')).toBe('text/plain; charset=utf-8');
  expect(file.headers.get('content-disposition')).toBe('attachment; filename="story.txt"');
  expect(file.headers.get('x-content-type-options')).toBe('nosniff');
  expect(file.headers.get('content-security-policy')).toContain('sandbox');
});

it('reads text in UTF-16, and counts each character of Japanese', async () => {
  const text = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('灯台の物語', 'utf16le')]);
  expect((await attach(ana, text, 'utf16.txt')).body).toMatchObject({ kind: 'text', tokens: 5 });
});

it('makes a page of code a text, also one that a browser would run', async () => {
  const page = await attach(ana, '<script>alert(1)</script>', 'page.html');
  expect(page.body).toMatchObject({ kind: 'text', name: 'page.html' });
  const file = await fileOf(ana, page.body.id);
  expect(file.headers.get('content-type')).toBe('text/plain; charset=utf-8');
  expect(file.headers.get('content-disposition')).toMatch(/^attachment/);
});

it('shrinks a large image to what a model sees, upright and without metadata', async () => {
  const photo = await plain(4000, 3000)
    .jpeg()
    .withExif({ IFD0: { Copyright: 'canary of the camera' } })
    .withMetadata({ orientation: 6 })
    .toBuffer();
  const { status, body } = await attach(ana, photo, 'photo.jpg');
  expect(status).toBe(201);
  expect(body).toMatchObject({ kind: 'image', width: 1536, height: 2048 });
  const { bytes, headers } = await fileOf(ana, body.id);
  expect(headers.get('content-type')).toBe('image/jpeg');
  expect(bytes.includes('canary')).toBe(false);
  expect((await sharp(bytes).metadata()).orientation).toBeUndefined();
  const small = await fileOf(ana, body.id, '?w=128');
  expect((await sharp(small.bytes).metadata()).height).toBe(171);
});

it.each([
  ['PNG', () => plain(30, 20).png().toBuffer(), 'image/png'],
  ['WebP', () => plain(30, 20).webp().toBuffer(), 'image/jpeg'],
  ['AVIF', () => plain(30, 20).avif().toBuffer(), 'image/jpeg'],
  ['GIF', () => plain(30, 20).gif().toBuffer(), 'image/png'],
])('takes %s, and keeps a format that every model server reads', async (_name, make, type) => {
  const { body } = await attach(ana, await make(), 'an image');
  expect(body).toMatchObject({ kind: 'image', width: 30, height: 20 });
  expect((await fileOf(ana, body.id)).headers.get('content-type')).toBe(type);
});

it('takes the first frame of an animation', async () => {
  const frames = Buffer.concat([Buffer.alloc(300, 255), Buffer.alloc(300, 0)]);
  const animation = await sharp(frames, { raw: { width: 10, height: 20, channels: 3, pageHeight: 10 } })
    .gif()
    .toBuffer();
  const { body } = await attach(ana, animation, 'moving.gif');
  expect(body).toMatchObject({ width: 10, height: 10 });
  const { data } = await sharp((await fileOf(ana, body.id)).bytes)
    .raw()
    .toBuffer({ resolveWithObject: true });
  expect(data[0]).toBe(255);
});

it('decodes the HEIC of a phone', async () => {
  const { status, body } = await attach(ana, heic, 'IMG_0001.HEIC');
  expect(status).toBe(201);
  expect(body).toMatchObject({ kind: 'image', name: 'IMG_0001.HEIC', width: 64, height: 48 });
  const { data, info } = await sharp((await fileOf(ana, body.id)).bytes)
    .raw()
    .toBuffer({ resolveWithObject: true });
  const pixel = (x: number) => [
    ...data.subarray((24 * 64 + x) * info.channels, (24 * 64 + x) * info.channels + 3),
  ];
  expect(pixel(8)[0]).toBeGreaterThan(150);
  expect(pixel(56)[2]).toBeGreaterThan(150);
});

it('reads the text of a PDF page by page', async () => {
  const { status, body } = await attach(
    ana,
    makePdf([line('the lighthouse'), line('the keeper')]),
    'report.pdf',
  );
  expect(status).toBe(201);
  expect(body).toMatchObject({ kind: 'pdf', name: 'report.pdf', tokens: 11 });
  const { headers } = await fileOf(ana, body.id);
  expect(headers.get('content-type')).toBe('application/pdf');
  expect(headers.get('content-disposition')).toMatch(/^attachment/);
});

it('says of each file that cannot be attached what is wrong with it', async () => {
  const whole = await plain(300, 200).jpeg().toBuffer();
  const wide = Buffer.from(await plain(10, 10).png().toBuffer());
  wide.writeUInt32BE(60_000, 16);
  wide.writeUInt32BE(60_000, 20);
  const files: [string, Buffer | string, number, string][] = [
    ['empty', '', 422, 'attachment_empty'],
    ['binary', Buffer.from([1, 2, 0, 3, 255, 254]), 422, 'attachment_type'],
    ['Latin-1', Buffer.from([0x66, 0xfc, 0x72]), 422, 'attachment_type'],
    ['long text', 'x'.repeat(1_000_001), 413, 'attachment_too_large'],
    ['cut JPEG', whole.subarray(0, whole.length / 2), 422, 'attachment_unreadable'],
    ['PNG of 3.6 gigapixels', wide, 422, 'attachment_pixels'],
    ['cut HEIC', heic.subarray(0, 400), 422, 'attachment_unreadable'],
    ['PDF in name alone', '%PDF-1.7\nnothing', 422, 'attachment_unreadable'],
    ['PDF with a password', lockedPdf(), 422, 'attachment_encrypted'],
    ['PDF of scans', makePdf(['q Q']), 422, 'attachment_scanned'],
    ['PDF of 501 pages', makePdf(Array<string>(501).fill(line('x'))), 422, 'attachment_pages'],
  ];
  for (const [name, bytes, status, code] of files) {
    const answer = await attach(ana, bytes, name);
    expect([name, answer.status, answer.body.code]).toEqual([name, status, code]);
    expect(answer.body.error).toMatch(/\w+ .*\.$/);
  }
});

it('names the pixels of an image that has too many', async () => {
  const huge = await plain(9000, 6000).png({ compressionLevel: 9 }).toBuffer();
  const { status, body } = await attach(ana, huge, 'huge.png');
  expect([status, body.code]).toEqual([422, 'attachment_pixels']);
  expect(body.error).toContain('9000×6000');
});

it('survives a PDF that unpacks to more than there is memory, and answers others meanwhile', async () => {
  const reading = attach(ana, packedPdf(1000), 'bomb.pdf');
  for (let i = 0; i < 5; i++) expect((await fetch(`${ana.url}/healthz`)).status).toBe(200);
  const { status, body } = await reading;
  expect(status).toBe(422);
  expect(['attachment_slow', 'attachment_unreadable', 'attachment_scanned']).toContain(body.code);
  expect((await attach(ana, makePdf([line('after it')]), 'next.pdf')).status).toBe(201);
});

it('cleans names, which are for people alone', async () => {
  const { body } = await attach(ana, 'x', '..\\..\\etc/\u202egnp.exe "quoted" äé.txt');
  expect(body.name).toBe('gnp.exe "quoted" äé.txt');
  const { headers } = await fileOf(ana, body.id);
  expect(headers.get('content-disposition')).toBe(
    `attachment; filename="gnp.exe _quoted_ __.txt"; filename*=UTF-8''gnp.exe%20%22quoted%22%20%C3%A4%C3%A9.txt`,
  );
});
