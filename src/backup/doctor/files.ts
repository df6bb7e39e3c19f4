import { existsSync } from 'node:fs';
import { lstat, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { listForBackup, listPlaces } from '../../files/files.ts';
import { migrations } from '../../platform/db/migrations/migrations.ts';
import { openReader } from '../../platform/db/reader.ts';
import { openDisk } from '../../platform/blobs/disk.ts';
import { folderOf } from '../folder.ts';
import { SECRET } from '../manifest.ts';
import { about, some, type Finding } from './finding.ts';

/** What is being written is younger; older remains are of processes that were killed. */
const OLD_MS = 3_600_000;

/** Images against rows: rows whose file is missing or of another size, files that no row names, old remains. */
export async function checkImages(dataDir: string, imagesDir: string, now: number): Promise<Finding[]> {
  const { ok, warn, fail } = about('images');
  const path = join(dataDir, 'salon.db');
  if (!existsSync(path)) return [];
  const rows = readRows(path);
  if (!rows) return [warn('they are looked at after the upgrade of the database')];
  const { ready, named } = rows;
  const blobs = openDisk(imagesDir);
  const missing: string[] = [];
  const changed: string[] = [];
  for (const { place: name, bytes } of ready) {
    const found = await blobs.stat(name).catch(() => undefined);
    if (!found) missing.push(name);
    else if (found.bytes !== bytes) changed.push(name);
  }
  const orphans: string[] = [];
  for (const name of await blobs.list('')) {
    if (named.has(name) || name.endsWith('.gitkeep') || name.startsWith('.')) continue;
    const found = await blobs.stat(name);
    // A new file may be a little older than the row that will name it.
    if (found && now - found.modifiedAt > OLD_MS) orphans.push(name);
  }
  const findings = [
    ...(missing.length > 0 ? [fail(`${missing.length} rows have no file: ${some(missing)}`)] : []),
    ...(changed.length > 0
      ? [fail(`${changed.length} files have another size than their row: ${some(changed)}`)]
      : []),
    ...(orphans.length > 0 ? [warn(`${orphans.length} files belong to no row: ${some(orphans)}`)] : []),
  ];
  return findings.length > 0 ? findings : [ok(`${ready.length} rows, each with its file`)];
}

/** Undefined for a database of another version, whose tables are others. */
function readRows(path: string) {
  const reader = openReader(path);
  try {
    if (reader.version() !== migrations.length) return undefined;
    return { ready: listForBackup(reader), named: new Set(listPlaces(reader)) };
  } finally {
    reader.close();
  }
}

/** Links, pipes and devices where files of ours should be. They are never sent, exported or backed up. */
export async function checkIrregular(dataDir: string, imagesDir: string): Promise<Finding[]> {
  const { ok, fail } = about('regular files');
  const found: string[] = [];
  for (const folder of [imagesDir, join(dataDir, 'renditions'), folderOf(dataDir)])
    for (const entry of await readdir(folder, { withFileTypes: true, recursive: true }).catch(() => []))
      if (!entry.isFile() && !entry.isDirectory()) found.push(join(entry.parentPath, entry.name));
  const secret = join(dataDir, SECRET);
  const stat = await lstat(secret).catch(() => undefined);
  if (stat && !stat.isFile()) found.push(secret);
  if (found.length === 0) return [ok('no links, pipes or devices among the files')];
  return [fail(`${found.length} links, pipes or devices, which Salon leaves out: ${some(found.sort())}`)];
}

/** What processes that were killed left behind. */
export async function checkRemains(dataDir: string, imagesDir: string, now: number): Promise<Finding[]> {
  const { ok, warn } = about('remains');
  const folders = [dataDir, folderOf(dataDir), imagesDir, join(imagesDir, '.unfinished')];
  const found: string[] = [];
  for (const folder of [...folders, join(dataDir, 'renditions', '.unfinished')])
    for (const name of await readdir(folder).catch(() => [])) {
      if (!name.endsWith('.part') && name !== '.restoring') continue;
      const path = join(folder, name);
      const { mtimeMs } = (await stat(path).catch(() => undefined)) ?? { mtimeMs: now };
      if (now - mtimeMs > OLD_MS) found.push(path);
    }
  if (found.length === 0) return [ok('no temporary files older than an hour')];
  return [warn(`${found.length} temporary files are older than an hour: ${some(found)}`)];
}
