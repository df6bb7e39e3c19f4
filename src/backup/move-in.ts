import { existsSync } from 'node:fs';
import { open, readdir, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { readRegularSync } from '../platform/blobs/regular-file.ts';
import { syncPath } from '../platform/db/copy.ts';
import { UNPACKED } from '../platform/db/half-restored.ts';
import { DATABASE, SECRET } from './manifest.ts';

export type Target = { dataDir: string; imagesDir: string };

const NOTE = 'moving.json';
const noteShape = z.strictObject({ imagesDir: z.string(), names: z.array(z.string().min(1)) });

/**
 * Puts what was unpacked into its place, by renames alone. The database comes last, since without it no Salon counts as
 * being there. What goes to IMAGES_DIR is noted first, so that after a kill the next restore can tell it from images
 * that were there before. @throws the file system error, with everything taken out again
 */
export async function moveIn(target: Target, from: { data: string; images: string }): Promise<void> {
  const names = await readdir(from.images);
  await writeNote(from.data, { imagesDir: target.imagesDir, names });
  const moved: string[] = [];
  const move = async (name: string, folder: string, to: string) => {
    await rename(join(folder, name), join(to, name));
    moved.unshift(join(to, name));
  };
  try {
    for (const name of names) await move(name, from.images, target.imagesDir);
    syncPath(target.imagesDir);
    for (const name of [SECRET, DATABASE])
      if (existsSync(join(from.data, name))) await move(name, from.data, target.dataDir);
    syncPath(target.dataDir);
  } catch (cause) {
    for (const path of moved) await rm(path, { recursive: true, force: true });
    throw cause;
  }
}

/** The names below IMAGES_DIR that a restore which was killed had moved there, or was about to. */
export function listMoved({ dataDir, imagesDir }: Target): string[] {
  const path = join(dataDir, UNPACKED, NOTE);
  if (!existsSync(path)) return [];
  const note = noteShape.safeParse(readJson(path));
  if (!note.success || note.data.imagesDir !== imagesDir) return [];
  return note.data.names.filter((name) => name === basename(name) && name !== '..' && name !== '.');
}

/** Takes out of IMAGES_DIR what `listMoved` named. */
export async function removeMoved(imagesDir: string, names: readonly string[]): Promise<void> {
  for (const name of names) await rm(join(imagesDir, name), { recursive: true, force: true });
}

async function writeNote(folder: string, note: z.infer<typeof noteShape>): Promise<void> {
  const file = await open(join(folder, NOTE), 'w', 0o600);
  try {
    await file.writeFile(JSON.stringify(note));
    await file.sync();
  } finally {
    await file.close();
  }
  syncPath(folder);
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readRegularSync(path).toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}
