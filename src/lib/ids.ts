import { randomBytes } from 'node:crypto';

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
const TIME_CHARACTERS = 10;
const RANDOM_BYTES = 10;

export type NewId = () => string;

/**
 * Makes ids of 26 lower-case characters that sort by the time they were made (48 bits of milliseconds, 80 random
 * bits), also within one millisecond and when the clock steps back: the random part then counts up.
 */
export function createIds(now: () => number = Date.now): NewId {
  let lastTime = 0;
  let random = randomBytes(RANDOM_BYTES);
  return () => {
    const time = now();
    if (time > lastTime) {
      lastTime = time;
      random = randomBytes(RANDOM_BYTES);
    } else {
      increment(random);
    }
    return encodeTime(lastTime) + encodeBytes(random);
  };
}

/** Random text for file names: lower-case letters and digits that cannot be mistaken for each other. */
export function randomCharacters(count: number): string {
  return Array.from(randomBytes(count), (byte) => alphabet[byte & 31]).join('');
}

/** True for text that could be one of our ids; anything else need not be looked up. */
export function isId(value: string): boolean {
  return /^[0-9a-hjkmnp-tv-z]{26}$/.test(value);
}

function increment(bytes: Buffer): void {
  for (let i = bytes.length - 1; i >= 0; i--) {
    const next = ((bytes[i] ?? 0) + 1) & 255;
    bytes[i] = next;
    if (next !== 0) return;
  }
}

function encodeTime(time: number): string {
  let out = '';
  for (let rest = time, i = 0; i < TIME_CHARACTERS; i++) {
    out = (alphabet[rest % 32] ?? '') + out;
    rest = Math.floor(rest / 32);
  }
  return out;
}

function encodeBytes(bytes: Buffer): string {
  let out = '';
  let bits = 0;
  let value = 0;
  for (const byte of bytes) {
    value = (value << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      out += alphabet[(value >>> bits) & 31] ?? '';
    }
    value &= (1 << bits) - 1;
  }
  return out;
}
