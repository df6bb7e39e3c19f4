import type { Attachment } from './attachment.ts';

type Translate = (key: string, params?: Record<string, unknown>) => string;
/** Thumbnails are at most this wide on a screen of double density. */
const THUMB_PIXELS = 512;
const KILOBYTE = 1000;
const MEGABYTE = 1_000_000;

const urlOf = ({ id }: Attachment) => `/attachments/${id}`;

/** An attachment as JSON. */
export function attachmentJson(attachment: Attachment) {
  const { id, name, kind, bytes, tokens, size } = attachment;
  return {
    id,
    name,
    kind,
    bytes,
    ...(tokens === null ? {} : { tokens }),
    ...(size ?? {}),
    url: urlOf(attachment),
  };
}

/** An attachment as the templates draw it. */
export function attachmentView(attachment: Attachment, t: Translate) {
  const url = urlOf(attachment);
  const { id, name, kind, size, tokens } = attachment;
  return {
    id,
    name,
    kind,
    url,
    tokens: tokens ?? 0,
    thumb: kind === 'image' ? `${url}?w=${THUMB_PIXELS}` : null,
    width: size?.width ?? null,
    height: size?.height ?? null,
    bytesText: sizeText(attachment.bytes, t),
    sentText: sentText(attachment, t),
  };
}

export type AttachmentView = ReturnType<typeof attachmentView>;

/** What a model will get of it. */
function sentText({ size, originalSize, pages, tokens }: Attachment, t: Translate): string {
  const count = tokens ?? 0;
  if (pages !== null)
    return t('attachments.sent.pdf', { pages: t('attachments.pages', { count: pages }), count });
  if (!size) return t('attachments.sent.text', { count });
  const isShrunk =
    originalSize !== null && originalSize.width * originalSize.height > size.width * size.height;
  return t(isShrunk ? 'attachments.sent.shrunk' : 'attachments.sent.image', { ...size });
}

/** A size for people, with at most one decimal. */
export function sizeText(bytes: number, t: Translate): string {
  if (bytes < KILOBYTE) return t('attachments.size.bytes', { count: bytes });
  if (bytes < MEGABYTE) return t('attachments.size.kilobytes', { size: Math.round(bytes / KILOBYTE) });
  return t('attachments.size.megabytes', { size: Math.round(bytes / (MEGABYTE / 10)) / 10 });
}
