import { isObject, objectAt, objectsAt, textAt, type JsonObject } from './json-values.ts';

/** Between such characters stands what marks a citation. */
const MARKED = /\ue200[^\ue200\ue201]{0,2000}\ue201/g;
const PRIVATE_USE = /[\ue000-\uf8ff]/g;
const HAS_PRIVATE_USE = /[\ue000-\uf8ff]/;
/** The lines around a text of the canvas. */
const CANVAS_LINE = /^(?::::writing(?:\{[^\n]*\})?|:::)[ \t]*$/gm;

/** The text as a person saw it: citations become links or go, texts of the canvas stand without their frame. */
export function cleanText(text: string, message: JsonObject): string {
  const cited = HAS_PRIVATE_USE.test(text) ? withoutMarks(text, objectAt(message, 'metadata')) : text;
  return cited.includes(':::writing')
    ? cited
        .replace(CANVAS_LINE, '')
        .replace(/\n{3,}/g, '\n\n')
        .trim()
    : cited;
}

function withoutMarks(text: string, metadata: JsonObject): string {
  let resolved = text;
  for (const reference of objectsAt(metadata, 'content_references')) {
    const mark = textAt(reference, 'matched_text');
    if (mark !== null && HAS_PRIVATE_USE.test(mark)) resolved = resolved.split(mark).join(linkOf(reference));
  }
  return resolved.replace(MARKED, '').replace(PRIVATE_USE, '');
}

function linkOf(reference: JsonObject): string {
  const [first] = objectsAt(reference, 'items');
  const source = isObject(first) ? first : reference;
  const url = textAt(source, 'url') ?? '';
  if (!/^https?:\/\/[^\s()<>]+$/.test(url)) return '';
  const title = (textAt(source, 'title') ?? new URL(url).host).replace(/[[\]\n]/g, ' ').trim();
  return ` ([${title}](${url}))`;
}
