import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const SECRET_BYTES = 48;

/**
 * Makes a folder and proves that it can be written; `isPrivate` closes it to other users of the machine (mode 700).
 * @throws Error with one sentence that names the setting
 */
export function prepareFolder(path: string, setting: string, options: { isPrivate: boolean }): void {
  const probe = join(path, '.writable');
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    if (options.isPrivate) chmodSync(path, 0o700);
    writeFileSync(probe, '', { mode: 0o600 });
    rmSync(probe);
  } catch (cause) {
    const message = `the folder ${path} cannot be written: give this user the right to, or set another ${setting}`;
    throw new Error(message, { cause });
  }
}

/** The secret kept in a file of mode 600; made at the first start. */
export function keepSecret(path: string): string {
  if (!existsSync(path))
    writeFileSync(path, randomBytes(SECRET_BYTES).toString('base64url'), { mode: 0o600, flag: 'wx' });
  const secret = readFileSync(path, 'utf8').trim();
  if (secret.length < 32) throw new Error(`${path} is damaged: remove it, and everyone has to sign in again`);
  return secret;
}
