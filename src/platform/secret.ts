import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';

const SECRET_BYTES = 48;

/** Makes a folder of mode 700 and proves that it can be written. @throws Error with one sentence */
export function prepareFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    chmodSync(path, 0o700);
    writeFileSync(`${path}/.writable`, '', { mode: 0o600 });
  } catch (cause) {
    throw new Error(`the folder ${path} cannot be written: give this user the right to, or set another DATA_DIR`, { cause });
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
