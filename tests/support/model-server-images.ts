import { crc32, deflateSync } from 'node:zlib';
import { json, type Exchange } from './model-server.ts';

/**
 * Words for an image answer: `url` a URL on this server, `url=http://…` that URL, `path=slow` the file
 * `/files/slow`; `b64=empty|bad|cut|number|text|null`, `none` (`data: []`), `nodata`, `extra=1` more images than
 * asked, `usage`, `revised=text`, `noformat` (refuses `response_format`), `half` (every second one broken), `ms=100` later.
 */
export function answerImages({ request, response, directives, url }: Exchange): void {
  const { body } = request;
  if (directives.has('noformat') && body['response_format'] !== undefined)
    return json(response, 400, {
      error: { message: "Unknown parameter: 'response_format'.", code: 'unknown_parameter' },
    });
  const [width = 64, height = 64] = /^\d+x\d+$/.test(String(body['size']))
    ? String(body['size']).split('x').map(Number)
    : [];
  const count = Number(body['n'] ?? 1) + Number(directives.get('extra') ?? 0);
  const item = (index: number) => {
    const revised = directives.has('revised') ? { revised_prompt: directives.get('revised') } : {};
    if (directives.has('url')) return { ...revised, url: directives.get('url') || `${url}/files/ok.png` };
    if (directives.has('path')) return { ...revised, url: `${url}/files/${directives.get('path')}` };
    const image = png(width, height, [40 * index, 90, 160]).toString('base64');
    const broken = directives.has('half') && index % 2 === 1 ? 'bad' : directives.get('b64');
    return { ...revised, b64_json: broken === undefined ? image : brokenBase64(broken, image) };
  };
  const data = directives.has('none') ? [] : Array.from({ length: count }, (_, index) => item(index));
  const usage = directives.has('usage') ? { usage: { input_tokens: 9, output_tokens: 272 } } : {};
  const answer = directives.has('nodata') ? { created: 1 } : { created: 1, data, ...usage };
  if (directives.has('html'))
    return void response.writeHead(200, { 'content-type': 'text/html' }).end('<p>hi</p>');
  setTimeout(() => json(response, 200, answer), Number(directives.get('ms') ?? 0));
}

function brokenBase64(kind: string, image: string): unknown {
  const kinds: Record<string, unknown> = {
    empty: '',
    bad: '%%%not base64%%%',
    cut: image.slice(0, 40),
    number: 42,
    text: Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>').toString('base64'),
    huge: 'A'.repeat(80 * 1024 * 1024),
    null: null,
  };
  return kinds[kind];
}

/** Files by path: `ok.png`, `html`, `404`, `410`, `slow`, `long` (claims 60 MB), `endless`, `to?<URL>`. */
export function answerFile({ request, response }: Exchange): void {
  const [path = '', target = ''] = request.path.slice('/files/'.length).split('?');
  const status = Number(path);
  if (status >= 300 && status < 400)
    return void response.writeHead(status, { location: decodeURIComponent(target) }).end();
  if (status >= 400) return void response.writeHead(status).end('gone');
  if (path === 'html')
    return void response.writeHead(200, { 'content-type': 'text/html' }).end('<p>login</p>');
  if (path === 'svg') return void response.writeHead(200, { 'content-type': 'image/svg+xml' }).end('<svg/>');
  response.writeHead(200, {
    'content-type': 'image/png',
    ...(path === 'long' ? { 'content-length': String(60 * 1024 * 1024) } : {}),
  });
  if (path === 'slow') return void response.write(png(8, 8).subarray(0, 20));
  if (path === 'long') return void response.write(png(8, 8));
  if (path === 'endless') return endless(response);
  response.end(png(64, 64));
}

function endless(response: Exchange['response']): void {
  const part = Buffer.alloc(1024 * 1024);
  const more = () => {
    while (!response.destroyed && response.write(part));
    if (!response.destroyed) response.once('drain', more);
  };
  more();
}

/** An image as the model server makes it. */
export const sampleImage = (): Buffer => png(64, 64, [40, 90, 160]);

/** A whole PNG of one colour, made without a library so that the tests do not prove sharp with sharp. */
export function png(width: number, height: number, rgb: readonly number[] = [200, 90, 60]): Buffer {
  const row = Buffer.concat([Buffer.of(0), Buffer.alloc(width * 3, Buffer.from(rgb))]);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const pixels = deflateSync(Buffer.concat(Array.from({ length: height }, () => row)));
  const signature = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
  return Buffer.concat([
    signature,
    part('IHDR', header),
    part('IDAT', pixels),
    part('IEND', Buffer.alloc(0)),
  ]);
}

function part(type: string, content: Buffer): Buffer {
  const typed = Buffer.concat([Buffer.from(type, 'latin1'), content]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(content.length);
  sum.writeUInt32BE(crc32(typed));
  return Buffer.concat([length, typed, sum]);
}
