import { imageSize, rendition, sniffImage } from '../../platform/image-codec.ts';
import type { ChatTurn, ContentPart } from '../provider.ts';

/** A part as it goes onto the wire; images and files as `data:` URLs, since no server may have to fetch from us. */
export type SentPart =
  | { type: 'text'; text: string }
  | { type: 'image'; url: string }
  | { type: 'file'; name: string; url: string };
export type SentTurn = {
  role: ChatTurn['role'];
  content: string | readonly SentPart[];
  /** What the model thought, and what it has sealed for itself: only where its server needs it. */
  thought?: string;
  items?: readonly unknown[];
};

/** In pixels; no model sees more of an image. */
const MAX_EDGE = 2048;

/**
 * The turns as they are sent: images fit into 2,048 px and are PNG, JPEG or WebP.
 * @throws AppError `upstream_image_unreadable` for an image that is none
 */
export function prepareTurns(turns: readonly ChatTurn[]): Promise<SentTurn[]> {
  return Promise.all(
    turns.map(async ({ role, content }) => ({
      role,
      content: typeof content === 'string' ? content : await Promise.all(content.map(prepare)),
    })),
  );
}

async function prepare(part: ContentPart): Promise<SentPart> {
  if (part.type === 'text') return part;
  if (part.type === 'file')
    return { type: 'file', name: part.name, url: dataUrl(part.mediaType, part.bytes) };
  const format = sniffImage(part.bytes);
  const { width, height } = await imageSize(part.bytes);
  if (format !== undefined && format !== 'avif' && Math.max(width, height) <= MAX_EDGE)
    return { type: 'image', url: dataUrl(`image/${format}`, part.bytes) };
  const small = await rendition(part.bytes, {
    width: MAX_EDGE,
    height: MAX_EDGE,
    format: format === 'avif' ? 'webp' : format,
  });
  return { type: 'image', url: dataUrl(`image/${small.format}`, small.bytes) };
}

const dataUrl = (mediaType: string, bytes: Buffer) => `data:${mediaType};base64,${bytes.toString('base64')}`;
