import { createHash } from 'node:crypto';
import { encodeImage, rasterise, type ImageFormat } from '../../platform/image-codec.ts';
import { scene } from './scene.ts';
import type { ImageRequest } from '../provider.ts';

const sizePattern = /^(\d{2,4})x(\d{2,4})$/;
const DEFAULT_SIDE = 1024;
const MAX_SIDE = 2048;

/** Paints one image for a prompt: its words choose the motif, prompt and index the rest. Returns the file's bytes. */
export async function paint(request: ImageRequest, index: number): Promise<Buffer> {
  const [width, height] = sizeOf(request.size);
  const svg = scene({
    prompt: request.prompt,
    width,
    height,
    isTransparent: request.background === 'transparent',
    random: seeded(`${request.prompt}\n${index}`),
  });
  const png = await rasterise(svg, width, height);
  const format = formatOf(request.format);
  return format === 'png' ? png : (await encodeImage(png, { format })).bytes;
}

function sizeOf(size: string | undefined): [number, number] {
  const [, width, height] = sizePattern.exec(size ?? '') ?? [];
  const side = (text: string | undefined) => Math.min(MAX_SIDE, Math.max(64, Number(text ?? DEFAULT_SIDE)));
  return [side(width), side(height)];
}

function formatOf(format: string | undefined): ImageFormat {
  return format === 'webp' || format === 'jpeg' ? format : 'png';
}

/** Numbers from 0 to 1, always the same for the same text (the mulberry32 mixing of a hashed seed). */
function seeded(text: string): () => number {
  let state = createHash('sha256').update(text).digest().readUInt32LE(0);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
