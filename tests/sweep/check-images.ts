import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type Sqlite from 'better-sqlite3';
import sharp from 'sharp';
import { colourOf } from './dice.ts';
import type { Journal } from './journal.ts';

/** WebP moves a colour a little. */
const COLOUR_TOLERANCE = 12;

type Ready = {
  id: string;
  path: string;
  bytes: number;
  sha256: string;
  width: number;
  height: number;
  username: string;
};

/** Each ready image that is not in `known` has its bytes, decodes, has its hash and its owner's colour. */
export async function checkImages(
  db: Sqlite.Database,
  dir: string,
  known: Set<string>,
  journal: Journal,
): Promise<void> {
  const rows = db
    .prepare(
      `select i.id, f.place as path, f.bytes, f.sha256, i.width, i.height, u.username
        from images i join users u on u.id = i.owner_id left join files f on f.id = i.file_id where i.status = 'ready'`,
    )
    .all() as Ready[];
  for (const row of rows) {
    if (known.has(row.id)) continue;
    known.add(row.id);
    const fault = await faultOf(row, dir).catch((error: unknown) => String(error));
    if (fault) journal.violate('image', `image ${row.id}: ${fault}`);
  }
}

async function faultOf(row: Ready, dir: string): Promise<string | undefined> {
  const bytes = await readFile(join(dir, 'images', row.path));
  if (bytes.length !== row.bytes) return `${bytes.length} bytes instead of ${row.bytes}`;
  if (createHash('sha256').update(bytes).digest('hex') !== row.sha256) return 'another hash';
  const { data, info } = await sharp(bytes).raw().toBuffer({ resolveWithObject: true });
  if (info.width !== row.width || info.height !== row.height) return `${info.width} × ${info.height} pixels`;
  const colour = colourOf(row.username);
  const isOwn = colour.every((value, i) => Math.abs(value - (data[i] ?? 0)) <= COLOUR_TOLERANCE);
  return isOwn ? undefined : `the colour of another: ${[...data.subarray(0, 3)].join(' ')}`;
}

/**
 * Files and rows agree: each file is named by a row, and nothing half written is left. Call when no job runs, after a
 * start.
 */
export async function checkStrayFiles(db: Sqlite.Database, dir: string, journal: Journal): Promise<void> {
  const folder = join(dir, 'images');
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
  const rows = db.prepare('select place from files where place is not null').all() as { place: string }[];
  const named = new Set(rows.map(({ place }) => place));
  for (const path of paths) if (!named.has(path)) journal.violate('image', `no row names the file ${path}`);
}
