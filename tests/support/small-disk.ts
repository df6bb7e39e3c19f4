import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SIZE = 8 * 1024 * 1024;

/**
 * A folder for a Salon whose data can be made to have no room left: a small volume of its own where mounting is
 * allowed, else a limit on the size of the files that the process may write.
 */
export function makeSmallDisk() {
  const dir = mkdtempSync(join(tmpdir(), 'salon-full-'));
  const data = join(dir, 'data');
  const filler = join(data, 'filler');
  mkdirSync(data, { mode: 0o700 });
  const isMounted = tryTo('mount', ['-t', 'tmpfs', '-o', `size=${SIZE},mode=700`, 'tmpfs', data]);
  const limit = (pid: number | undefined, bytes: number | 'unlimited') =>
    execFileSync('prlimit', ['--pid', String(pid), `--fsize=${bytes}:unlimited`]);

  return {
    dir,
    isMounted,
    /** From now on nothing more fits. */
    fill: (pid: number | undefined) => (isMounted ? fillUp(filler) : void limit(pid, 4096)),
    free: (pid: number | undefined) => (isMounted ? rmSync(filler) : void limit(pid, 'unlimited')),
    /** Call when the process has ended. */
    remove() {
      if (isMounted) execFileSync('umount', ['-l', data]);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function fillUp(path: string): void {
  const file = openSync(path, 'w');
  const block = Buffer.alloc(4096, 1);
  try {
    for (;;) writeSync(file, block);
  } catch (error) {
    if ((error as { code?: string }).code !== 'ENOSPC') throw error;
  } finally {
    closeSync(file);
  }
}

function tryTo(command: string, args: string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
