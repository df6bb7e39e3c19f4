import { crc32, deflateSync } from 'node:zlib';
import { directiveOf } from './upstream-directive.mjs';

const SIGNATURE = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
const RGB_8_BIT = [8, 2, 0, 0, 0];

/** `POST /v1/images/generations` with images as base64; each size is painted once. `ttft` of the prompt delays it. */
export function createImages(stats) {
  const painted = new Map();
  const image = (size) => {
    if (!painted.has(size)) painted.set(size, paint(...size.split('x').map(Number)).toString('base64'));
    return painted.get(size);
  };
  return (res, body) => {
    stats.images += 1;
    const size = /^\d{2,4}x\d{2,4}$/.test(body.size ?? '') ? body.size : '1024x1024';
    const data = Array.from({ length: body.n ?? 1 }, () => ({ b64_json: image(size) }));
    const answer = () => {
      res.writeHead(200, { 'content-type': 'application/json' });
      res.end(JSON.stringify({ created: 1760000000, data }));
    };
    const { ttft } = directiveOf(body.prompt ?? '');
    if (ttft === 0) return answer();
    const timer = setTimeout(answer, ttft);
    res.once('close', () => clearTimeout(timer));
  };
}

/** A shaded ring on white as PNG: a border to flood from, and a hole that such a flood must leave alone. */
export function paint(width, height) {
  const row = width * 3 + 1;
  const pixels = Buffer.alloc(row * height, 255);
  const outer = Math.min(width, height) * 0.38;
  for (let y = 0; y < height; y += 1) {
    // The filter type of the row: none.
    pixels[y * row] = 0;
    for (let x = 0; x < width; x += 1) {
      const distance = Math.hypot(x - width / 2, y - height / 2);
      if (distance > outer || distance < outer * 0.3) continue;
      const grain = (x * 7 + y * 13) % 23;
      const colour = [40 + (x * 180) / width + grain, 30 + (y * 150) / height + grain, 200 - grain * 3];
      pixels.set(colour.map(Math.floor), y * row + 1 + x * 3);
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set(RGB_8_BIT, 8);
  const chunks = [chunk('IHDR', header), chunk('IDAT', deflateSync(pixels)), chunk('IEND', Buffer.alloc(0))];
  return Buffer.concat([SIGNATURE, ...chunks]);
}

function chunk(name, content) {
  const named = Buffer.concat([Buffer.from(name), content]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(content.length, 0);
  frame.writeUInt32BE(crc32(named), 4);
  return Buffer.concat([frame.subarray(0, 4), named, frame.subarray(4)]);
}
