import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type Sqlite from 'better-sqlite3';
import sharp from 'sharp';
import { clientAt } from './client.ts';
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

/** I5, I9: each ready picture that is not in `known` has its bytes, decodes, has its hash and its owner's colour. */
export async function checkPictures(
  db: Sqlite.Database,
  dir: string,
  known: Set<string>,
  journal: Journal,
): Promise<void> {
  const rows = db
    .prepare(
      `select i.id, i.path, i.bytes, i.sha256, i.width, i.height, u.username
        from images i join users u on u.id = i.owner_id where i.status = 'ready'`,
    )
    .all() as Ready[];
  for (const row of rows) {
    if (known.has(row.id)) continue;
    known.add(row.id);
    const fault = await faultOf(row, dir).catch((error: unknown) => String(error));
    if (fault) journal.violate('I5', `picture ${row.id}: ${fault}`);
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
 * Files that no row names: what a kill between file and row leaves. They must be out of reach; call when no job runs.
 * @returns how many whole ones and how many temporary ones there are
 */
export async function checkStrayFiles(db: Sqlite.Database, dir: string, url: string, journal: Journal) {
  const folder = join(dir, 'images');
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
  const named = new Set(
    (db.prepare('select path from images where path is not null').all() as { path: string }[]).map(
      ({ path }) => path,
    ),
  );
  const strays = paths.filter((path) => !named.has(path));
  const [account] = journal.accounts;
  for (const path of account ? strays : []) {
    const name = encodeURIComponent(path.split('/').at(-1) ?? '');
    const { status } = await clientAt(url, account as NonNullable<typeof account>, journal).call(
      'GET',
      `/images/${name}`,
    );
    if (status !== 404) journal.violate('I5', `the stray file ${path} gave ${status}`);
  }
  const temporary = strays.filter((path) => path.endsWith('.part')).length;
  return { whole: strays.length - temporary, temporary };
}
