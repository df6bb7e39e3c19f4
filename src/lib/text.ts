const UNPAIRED_SURROGATE = /\p{Surrogate}/gu;
const INVISIBLE_CONTROL =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

const ENTITIES = [
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
  ["'", '&#39;'],
] as const;

/** Escapes text for element content and for attribute values in double or single quotes. */
export function escapeHtml(text: string): string {
  if (!/[&<>"']/.test(text)) return text;
  let escaped = text;
  for (const [mark, entity] of ENTITIES)
    // Four times as fast as `replaceAll` where a text of a megabyte is full of them.
    if (escaped.includes(mark)) escaped = escaped.split(mark).join(entity);
  return escaped;
}

/**
 * The form in which a text is stored, counted and rendered: `\n` as the only line end, no NUL, no unpaired surrogate.
 * Positions in a stream of events count UTF-16 units of this form.
 */
export function normalizeText(text: string): string {
  return text.replace(/\r\n?/g, '\n').replaceAll('\0', '\ufffd').replace(UNPAIRED_SURROGATE, '\ufffd');
}

/**
 * The form in which the name of something is stored and looked up, such as a model or what a client calls its message: as
 * `normalizeText`, on one line, composed (NFC), without invisible controls and without white space around it.
 */
export const normalizeName = (name: string): string =>
  normalizeText(name).normalize('NFC').replace(INVISIBLE_CONTROL, '').replace(/\s+/g, ' ').trim();

/**
 * Normalises a text that arrives in pieces, so that the joined result equals `normalizeText` of the whole: a piece
 * may end between `\r` and `\n` or inside a surrogate pair. `accept` returns what is certain, `end` the rest.
 */
export function createTextIntake() {
  let held = '';
  return {
    accept(piece: string): string {
      const text = held + piece;
      const last = text.charCodeAt(text.length - 1);
      held = last === 0x0d || (last >= 0xd800 && last <= 0xdbff) ? text.slice(-1) : '';
      return normalizeText(held === '' ? text : text.slice(0, -1));
    },
    end(): string {
      const rest = normalizeText(held);
      held = '';
      return rest;
    },
  };
}

/** How many leading UTF-16 units two texts share; never ends inside a surrogate pair. */
export function commonPrefixLength(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  let length = 0;
  // Whole slices compare at memory speed; the last slice is searched unit by unit.
  while (length + 512 <= shorter && a.slice(length, length + 512) === b.slice(length, length + 512))
    length += 512;
  while (length < shorter && a.charCodeAt(length) === b.charCodeAt(length)) length += 1;
  const last = a.charCodeAt(length - 1);
  return last >= 0xd800 && last <= 0xdbff ? length - 1 : length;
}

/**
 * One line of at most `maxLength` UTF-16 units: white space collapsed, invisible controls and direction overrides
 * removed, cut at a word where one is near and never inside a visible character, with `…` where something is missing.
 */
export function excerpt(text: string, maxLength: number): string {
  // Only the beginning can matter; this keeps a huge text from being copied several times.
  const window = normalizeText(text.slice(0, maxLength * 8 + 64));
  const line = window.replace(INVISIBLE_CONTROL, '').replace(/\s+/g, ' ').trim();
  if (line.length <= maxLength)
    return text.length > maxLength * 8 + 64 ? withEllipsis(line, maxLength) : line;
  return withEllipsis(line, maxLength);
}

/**
 * The beginning of a text as one line of at most `maxLength` UTF-16 units, for lists of thousands: as `excerpt`, but cut
 * anywhere between two characters and without `…`, which the style sheet sets where the column ends.
 */
export function beginningOf(text: string, maxLength: number): string {
  // Two of three texts need no more: this spares five regular expressions for each.
  if (/^[!-~][ -~]*$/.test(text)) return text.slice(0, maxLength);
  const line = normalizeText(text.slice(0, maxLength * 4))
    .replace(INVISIBLE_CONTROL, '')
    .replace(/\s+/g, ' ');
  return line
    .trim()
    .slice(0, maxLength)
    .replace(/[\ud800-\udbff]$/, '');
}

function withEllipsis(line: string, maxLength: number): string {
  const cut = line.slice(0, characterStart(line, maxLength - 1));
  const space = cut.lastIndexOf(' ');
  const atWord = line[cut.length] !== ' ' && space > maxLength / 2 ? cut.slice(0, space) : cut;
  return `${atWord.replace(/[\s,;:–-]+$/u, '')}…`;
}

/** Where the visible character begins that has the unit at `index` in it. */
function characterStart(line: string, index: number): number {
  // Most texts have one unit for each character there: a segmenter alone costs as much as all the rest of an excerpt.
  if (/^[ -~]*$/.test(line.slice(0, index + 2))) return index;
  const characters = new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(line);
  return characters.containing(index)?.index ?? index;
}

const MARKS_AROUND_WORDS = /(?<![\p{L}\p{N}])[*_~`]+(?=\S)|(?<=\S)[*_~`]+(?![\p{L}\p{N}])/gu;

/**
 * A title out of a text of any shape: its first line with words in it, without Markdown marks at the beginning and
 * around words; '' when there is none. `maxLength` in UTF-16 units (80 is about one line of a list).
 */
export function titleOf(text: string, maxLength = 80): string {
  for (const line of text.slice(0, 4000).split(/\r\n?|\n/)) {
    const plain = line
      .replace(/^[\s>#*+-]*(?:\d{1,3}[.)]\s+)?/u, '')
      .replace(/!?\[([^\]]{1,200})\]\([^)]{0,500}\)/g, '$1')
      .replace(MARKS_AROUND_WORDS, '')
      .replace(/\s#+\s*$/u, '');
    if (/[\p{L}\p{N}]/u.test(plain) && !/^\s*(?:```|~~~)/.test(line)) return excerpt(plain, maxLength);
  }
  return excerpt(text, maxLength);
}

/**
 * Markdown as plain words for one line of a list: marks of headings, lists, quotes, tables, emphasis and code go, links
 * keep their text. Approximate on purpose; never used for anything that is rendered.
 */
export function withoutMarks(markdown: string): string {
  return markdown
    .replace(/^[ \t]{0,3}(`{3,}|~{3,}).*$/gm, ' ')
    .replace(/^[ \t]{0,3}(?:#{1,6}|>|[-*+]|\d{1,3}[.)])[ \t]+(?:\[[ xX]\][ \t]+)?/gm, '')
    .replace(/^[ \t]*(?:\|[ \t|:-]*|[-*_]{3,}[ \t]*)$/gm, ' ')
    .replace(/!?\[([^\]\n]{0,300})\]\([^)\s]{0,500}\)/g, '$1')
    .replace(/(\*{1,3}|_{2,3}|`+|~~)(?=\S)|(?<=\S)(\*{1,3}|_{2,3}|`+|~~)/g, '')
    .replace(/\|/g, ' ');
}
