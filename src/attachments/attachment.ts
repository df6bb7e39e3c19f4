import type { ReadFile } from './reading/reader.ts';
import { imageTokens, textTokens } from './tokens.ts';

export type AttachmentKind = 'image' | 'text' | 'pdf';

/** A file that belongs to a message, or that will. */
export type Attachment = {
  id: string;
  kind: AttachmentKind;
  /** What the file was called; for people alone. */
  name: string;
  /** Media type of what is stored. */
  type: string;
  bytes: number;
  /** Of an image, in pixels: as it is stored and sent, and as it came. */
  size: { width: number; height: number } | null;
  originalSize: { width: number; height: number } | null;
  /** Of a PDF. */
  pages: number | null;
  /** About how many the model will read. */
  tokens: number | null;
  createdAt: number;
};

export type AttachmentRow = {
  id: string;
  owner_id: string;
  file_id: string | null;
  kind: AttachmentKind;
  name: string;
  type: string;
  bytes: number;
  width: number | null;
  height: number | null;
  original_width: number | null;
  original_height: number | null;
  pages: number | null;
  tokens: number | null;
  created_at: number;
};

export function toAttachment(row: AttachmentRow): Attachment {
  return {
    id: row.id,
    kind: row.kind,
    name: row.name,
    type: row.type,
    bytes: row.bytes,
    size: sizeOf(row.width, row.height),
    originalSize: sizeOf(row.original_width, row.original_height),
    pages: row.pages,
    tokens: row.tokens,
    createdAt: row.created_at,
  };
}

const sizeOf = (width: number | null, height: number | null) =>
  width === null || height === null ? null : { width, height };

/** What of a file stands in its row; without the text. */
export function describe(file: ReadFile) {
  const isImage = file.kind === 'image';
  return {
    kind: file.kind,
    type: file.type,
    bytes: file.bytes.length,
    width: isImage ? file.size.width : null,
    height: isImage ? file.size.height : null,
    original_width: isImage ? file.original.width : null,
    original_height: isImage ? file.original.height : null,
    pages: file.kind === 'pdf' ? file.pages : null,
    tokens: isImage ? imageTokens(file.size) : textTokens(file.text),
  };
}
