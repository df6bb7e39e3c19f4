import { createReadStream } from 'node:fs';
import { access, constants, link, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { AppError, notFound } from '../../lib/errors.ts';
import { randomCharacters } from '../../lib/ids.ts';
import type { Files } from './files.ts';

/** Files in a folder. Written as: temporary file, fsync, link to its name, fsync of the folder. */
export function openDisk(root: string): Files {
  const base = resolve(root);
  const unfinished = join(base, '.unfinished');
  const pathOf = (name: string) => {
    const path = resolve(base, name);
    if (!path.startsWith(base + sep) || name.includes('\0')) throw notFound();
    return path;
  };
  return {
    async put(name, bytes) {
      const path = pathOf(name);
      const temporary = join(unfinished, `${randomCharacters(12)}.part`);
      try {
        await mkdir(unfinished, { recursive: true, mode: 0o700 });
        await mkdir(dirname(path), { recursive: true, mode: 0o700 });
        await writeDurably(temporary, bytes);
        await giveName(temporary, path);
      } catch (cause) {
        throw storageFault(cause);
      } finally {
        await rm(temporary, { force: true });
      }
      await syncFolder(dirname(path));
    },
    async open(name, range) {
      const path = pathOf(name);
      await access(path, constants.R_OK).catch((cause: unknown) => {
        throw new AppError('not_found', { cause });
      });
      return createReadStream(path, range);
    },
    async stat(name) {
      const found = await stat(pathOf(name)).catch(() => undefined);
      return found?.isFile() ? { bytes: found.size, modifiedAt: found.mtimeMs } : undefined;
    },
    async list(folder) {
      const entries = await readdir(folder ? pathOf(folder) : base, {
        withFileTypes: true,
        recursive: true,
      }).catch(() => []);
      return entries
        .filter((entry) => entry.isFile() && !entry.name.endsWith('.part'))
        .map((entry) => join(entry.parentPath, entry.name).slice(base.length + 1));
    },
    async remove(name) {
      await rm(pathOf(name), { force: true });
    },
    async check() {
      try {
        await mkdir(base, { recursive: true, mode: 0o700 });
        await access(base, constants.R_OK | constants.W_OK);
      } catch (cause) {
        throw new AppError('unavailable', { cause, retryAfterSeconds: 30 });
      }
    },
    clearUnfinished: () => rm(unfinished, { recursive: true, force: true }),
  };
}

async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A link fails when the name is taken, where a rename would overwrite; some file systems know no links. */
async function giveName(temporary: string, path: string): Promise<void> {
  try {
    await link(temporary, path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(code)) throw error;
    await rename(temporary, path);
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function storageFault(cause: unknown): AppError {
  const code = (cause as NodeJS.ErrnoException).code;
  if (code === 'EEXIST') return new AppError('conflict', { cause });
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new AppError('storage_full', { cause, retryAfterSeconds: 30 });
  return new AppError('unavailable', { cause, retryAfterSeconds: 30 });
}
