import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const SECRET_BYTES = 48;
/** Characters of a secret that is long enough; less is a damaged file. */
export const MIN_SECRET = 32;
/** What opening a database takes: SQLite's index of the log (32 KiB), the first pages of the log, a lock. */
const DATABASE_BYTES = 64 * 1024;

/**
 * Makes a folder and proves that it can be written; `isPrivate` closes it to other users of the machine (mode 700),
 * `holdsDatabase` asks for the room that a database needs to be opened.
 * @throws Error with one sentence that names the setting
 */
export function prepareFolder(
  path: string,
  setting: string,
  options: { isPrivate: boolean; holdsDatabase?: boolean },
): void {
  const probe = join(path, '.writable');
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    if (options.isPrivate) chmodSync(path, 0o700);
    writeFileSync(probe, Buffer.alloc(options.holdsDatabase ? DATABASE_BYTES : 0), { mode: 0o600 });
    rmSync(probe);
  } catch (cause) {
    rmProbe(probe);
    if (isFull(cause))
      throw new Error(`there is no room left on the disk of ${path}: free some, or set another ${setting}`, {
        cause,
      });
    const message = `the folder ${path} cannot be written: give this user the right to, or set another ${setting}`;
    throw new Error(message, { cause });
  }
}

function rmProbe(probe: string): void {
  try {
    rmSync(probe, { force: true });
  } catch {
    // The fault that led here is the one to tell.
  }
}

const isFull = (cause: unknown) => ['ENOSPC', 'EDQUOT'].includes((cause as { code?: string }).code ?? '');

/** The secret kept in a file of mode 600; made at the first start. */
export function keepSecret(path: string): string {
  if (!existsSync(path))
    writeFileSync(path, randomBytes(SECRET_BYTES).toString('base64url'), { mode: 0o600, flag: 'wx' });
  const secret = readFileSync(path, 'utf8').trim();
  if (secret.length < MIN_SECRET)
    throw new Error(`${path} is damaged: remove it, and everyone has to sign in again`);
  return secret;
}
