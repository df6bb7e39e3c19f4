import { existsSync, realpathSync } from 'node:fs';
import {
  access,
  constants,
  link,
  lstat,
  mkdir,
  open,
  readdir,
  realpath,
  rename,
  rm,
  unlink,
} from 'node:fs/promises';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { AppError, notFound } from '../../lib/errors.ts';
import { randomCharacters } from '../../lib/ids.ts';
import type { Blobs } from './blobs.ts';
import { openRegular } from './regular-file.ts';

/**
 * Files in a folder, which may itself be a link and is resolved once. Written as: temporary file, fsync, link to its
 * name, fsync of the folder.
 */
export function openDisk(root: string): Blobs {
  const base = resolveFolder(resolve(root));
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
        await mkdir(base, { recursive: true, mode: 0o700 });
        await makeFolder(base, unfinished);
        await makeFolder(base, dirname(path));
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
      if (!(await isRealFolder(dirname(path)))) throw notFound();
      const file = await openRegular(path).catch((cause: unknown) => {
        throw new AppError('not_found', { cause });
      });
      return file.createReadStream(range);
    },
    async stat(name) {
      const path = pathOf(name);
      if (!(await isRealFolder(dirname(path)))) return undefined;
      const found = await lstat(path).catch(() => undefined);
      return found?.isFile() ? { bytes: found.size, modifiedAt: found.mtimeMs } : undefined;
    },
    async list(folder) {
      const path = folder ? pathOf(folder) : base;
      if (!(await isRealFolder(path))) return [];
      // Goes into folders alone: the entries are not followed where they are links.
      const entries = await readdir(path, { withFileTypes: true, recursive: true }).catch(() => []);
      return entries
        .filter((entry) => entry.isFile() && !entry.name.endsWith('.part'))
        .map((entry) => join(entry.parentPath, entry.name).slice(base.length + 1));
    },
    async remove(name) {
      const path = pathOf(name);
      if (!(await isRealFolder(dirname(path)))) return;
      await unlink(path).catch((error: unknown) => {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      });
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

/** The folder that is meant, wherever links lead; its last parts may not be there yet. */
function resolveFolder(path: string): string {
  if (existsSync(path)) return realpathSync(path);
  const parent = dirname(path);
  return parent === path ? path : join(resolveFolder(parent), basename(path));
}

/** False when it is missing, or when it or a folder on the way to it is a link. */
async function isRealFolder(path: string): Promise<boolean> {
  if ((await realpath(path).catch(() => undefined)) !== path) return false;
  const found = await lstat(path).catch(() => undefined);
  return found?.isDirectory() ?? false;
}

/** Makes the folders below `base` one by one, so that none is made on the other side of a link. */
async function makeFolder(base: string, path: string): Promise<void> {
  if (path === base || (await isRealFolder(path))) return;
  await makeFolder(base, dirname(path));
  await mkdir(path, { mode: 0o700 }).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  });
  if (!(await isRealFolder(path))) throw new Error(`${path} is a link or no folder`);
  await syncFolder(dirname(path));
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
