import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { openReader } from '../../platform/db/reader.ts';
import { openDisk } from '../../platform/files/disk.ts';
import { folderOf } from '../folder.ts';
import { statements, type StoredFile } from '../store.ts';
import { about, some, type Finding } from './finding.ts';

/** What is being written is younger; older remains are of processes that were killed. */
const OLD_MS = 3_600_000;

/** Pictures against rows: rows whose file is missing or of another size, files that no row names, old remains. */
export async function checkPictures(dataDir: string, imagesDir: string, now: number): Promise<Finding[]> {
  const { ok, warn, fail } = about('pictures');
  const path = join(dataDir, 'salon.db');
  if (!existsSync(path)) return [];
  const reader = openReader(path);
  const { ready, named } = (() => {
    try {
      const rows = reader.all<{ path: string }>(statements.everyPath);
      return {
        ready: reader.all<StoredFile>(statements.everyFile),
        named: new Set(rows.map((row) => row.path)),
      };
    } finally {
      reader.close();
    }
  })();
  const files = openDisk(imagesDir);
  const missing: string[] = [];
  const changed: string[] = [];
  for (const { path: name, bytes } of ready) {
    const found = await files.stat(name).catch(() => undefined);
    if (!found) missing.push(name);
    else if (bytes !== null && found.bytes !== bytes) changed.push(name);
  }
  const orphans: string[] = [];
  for (const name of await files.list('')) {
    if (named.has(name) || name.endsWith('.gitkeep') || name.startsWith('.')) continue;
    const found = await files.stat(name);
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
