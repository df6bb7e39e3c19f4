import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';

/** A link is refused, and opening a pipe that nobody writes to does not wait. */
const SAFE_READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * Opens a file for reading if it is a regular one. The folders on the way are not looked at.
 * @throws Error with code `ENOENT` when nothing is there, `ENOTREG` for a link, a folder, a pipe or a device
 */
export async function openRegular(path: string): Promise<FileHandle> {
  const file = await open(path, SAFE_READ).catch((cause: unknown) => {
    throw faultOf(path, cause);
  });
  try {
    if (!(await file.stat()).isFile()) throw notRegular(path);
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Reads a regular file whole. @throws as `openRegular` */
export async function readRegular(path: string): Promise<Buffer> {
  const file = await openRegular(path);
  try {
    return await file.readFile();
  } finally {
    await file.close();
  }
}

/** As `readRegular`, at once: for what is read before or after everything else runs. @throws as `openRegular` */
export function readRegularSync(path: string): Buffer {
  let file: number;
  try {
    file = openSync(path, SAFE_READ);
  } catch (cause) {
    throw faultOf(path, cause);
  }
  try {
    if (!fstatSync(file).isFile()) throw notRegular(path);
    return readFileSync(file);
  } finally {
    closeSync(file);
  }
}

/** True for what `openRegular` throws when something is there that is no regular file. */
export const isNotRegular = (error: unknown) => (error as NodeJS.ErrnoException | null)?.code === 'ENOTREG';

/** How systems answer when the last part of the path is a link (ELOOP, EMLINK), a socket or a device without a driver. */
function faultOf(path: string, cause: unknown): unknown {
  const { code } = cause as NodeJS.ErrnoException;
  return ['ELOOP', 'EMLINK', 'ENXIO', 'ENODEV'].includes(code ?? '') ? notRegular(path, cause) : cause;
}

function notRegular(path: string, cause?: unknown): Error {
  const error = new Error(`${path} is a link or no regular file`, { cause });
  return Object.assign(error, { code: 'ENOTREG' });
}
