import { createHash, randomBytes } from 'node:crypto';

/** Digits and letters without I, L, O and U, which are taken for 1, 0 and V: 5 bits each. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
/** 7 groups of 4 are 140 random bits; 128 are asked for. */
const GROUPS = 7;
const GROUP_CHARACTERS = 4;
const HINT_CHARACTERS = 4;
/** What a file may bring: long enough not to be guessed at 30 tries in 10 minutes, and readable in a URL. */
const LOADED = /^[A-Za-z0-9._-]{12,100}$/;

/** A fresh key, such as `K7QM-…`; shown once, never stored. */
export function newKeyText(): string {
  const letters = [...randomBytes(GROUPS * GROUP_CHARACTERS)].map((byte) => ALPHABET[byte % ALPHABET.length]);
  const groups = Array.from({ length: GROUPS }, (_, i) =>
    letters.slice(i * GROUP_CHARACTERS, (i + 1) * GROUP_CHARACTERS).join(''),
  );
  return groups.join('-');
}

/** The form in which a key is kept: only the exact key has it. */
export const hashKey = (key: string) => createHash('sha256').update(key).digest('base64url');

/** What lists show of a key, to tell it from others. */
export const hintOf = (key: string) => key.slice(0, HINT_CHARACTERS);

export type KeyLine = { line: number; key: string };
export type LineError = { line: number; message: 'key_characters' };

/** Keys of a text file, one a line; blank lines and those that begin with `#` are passed over. Lines count from 1. */
export function readKeyLines(text: string): { keys: KeyLine[]; errors: LineError[] } {
  const lines = text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\n|\r/)
    .map((raw, i) => ({ line: i + 1, key: raw.trim() }))
    .filter(({ key }) => key !== '' && !key.startsWith('#'));
  return {
    keys: lines.filter(({ key }) => LOADED.test(key)),
    errors: lines
      .filter(({ key }) => !LOADED.test(key))
      .map(({ line }) => ({ line, message: 'key_characters' })),
  };
}
