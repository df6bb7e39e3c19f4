import { createHmac } from 'node:crypto';
import { availableParallelism } from 'node:os';
import bcrypt from 'bcrypt';
import PQueue from 'p-queue';
import { AppError, invalid } from '../../lib/errors.ts';
import { commonPasswords } from './common-passwords.ts';

/** Set by the contract; 2^10 rounds are about 60 ms on a usual core. */
const COST = 10;
export const MIN_PASSWORD_CHARACTERS = 8;
export const MAX_PASSWORD_CHARACTERS = 1024;
/** More than this many waiting are turned away, so that a flood cannot keep people out for minutes. */
const MAX_WAITING = 300;
/** A hash of a forgotten random password: compared for unknown names, so that both cost the same time. */
const nobody = '$2b$10$vEoawzf9vpbuIBtiBccHSOPeaw3Ktk/aymTmHVVyoLudJN2JpoDFu';

export type Passwords = ReturnType<typeof createPasswords>;

/**
 * Hashes and checks passwords, at most one per core at a time; the rest queue. bcrypt ignores bytes after 72, so it
 * gets base64(HMAC-SHA-384(password)) under `key`, which lives in the database.
 */
export function createPasswords(key: string) {
  const queue = new PQueue({ concurrency: availableParallelism() });
  const digest = (password: string) =>
    createHmac('sha384', key).update(password.normalize('NFC')).digest('base64');
  const queued = async <T>(work: () => Promise<T>): Promise<T> => {
    if (queue.size >= MAX_WAITING) throw new AppError('busy', { retryAfterSeconds: 10 });
    return queue.add(work);
  };
  return {
    hash: (password: string) => queued(() => bcrypt.hash(digest(password), COST)),
    /** `before` runs when the check's turn has come (a throttle look-up), just before the hashing. */
    check: (
      password: string,
      hash: string | undefined,
      before: () => Promise<void> = () => Promise.resolve(),
    ) =>
      queued(async () => {
        await before();
        return bcrypt.compare(digest(password), hash ?? nobody);
      }),
  };
}

/** @throws AppError `invalid` naming `field` when the password is too short, too long, common or the own name */
export function assertGoodPassword(password: string, username: string, field = 'password'): void {
  const length = Array.from(password).length;
  if (length < MIN_PASSWORD_CHARACTERS) throw invalid(field, 'too_short', { min: MIN_PASSWORD_CHARACTERS });
  if (length > MAX_PASSWORD_CHARACTERS) throw invalid(field, 'too_long', { max: MAX_PASSWORD_CHARACTERS });
  const folded = password.normalize('NFKC').toLowerCase();
  if (folded === username.normalize('NFKC').toLowerCase()) throw invalid(field, 'same_as_name');
  if (isCommon(folded)) throw invalid(field, 'too_common');
}

/** On the list, a single character repeated, or a run such as 12345678 or abcdefgh. */
function isCommon(password: string): boolean {
  if (commonPasswords.has(password)) return true;
  const codes = Array.from(password, (character) => character.codePointAt(0) ?? 0);
  const step = (codes[1] ?? 0) - (codes[0] ?? 0);
  return Math.abs(step) <= 1 && codes.every((code, i) => i === 0 || code - (codes[i - 1] ?? 0) === step);
}
