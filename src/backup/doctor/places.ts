import { existsSync } from 'node:fs';
import { access, constants, readdir, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { readRegular } from '../../platform/blobs/regular-file.ts';
import { MIN_SECRET } from '../../platform/secret.ts';
import type { Config } from '../../platform/config.ts';
import { folderOf, listBackups, megabytes } from '../folder.ts';
import { about, some, type Finding } from './finding.ts';

/** From statfs(2) of Linux: file systems over a network, where SQLite's locks and shared memory do not hold. */
const networkFileSystems: Record<number, string> = {
  0x6969: 'NFS',
  0x517b: 'SMB',
  0xff534d42: 'CIFS',
  0xfe534d42: 'SMB2',
  0x5346414f: 'AFS',
  0x01021997: '9P',
  0x00c36400: 'Ceph',
  0x65735546: 'FUSE',
};
const LOW_BYTES = 500e6;
const EMPTY_BYTES = 50e6;
/** Two days: the default is one backup a day, and one may have failed. */
const OLD_BACKUP_MS = 2 * 86_400_000;

/** Who may read the data: folders 700, files 600. */
export async function checkPermissions(dataDir: string, imagesDir: string): Promise<Finding[]> {
  const { ok, fail, warn } = about('permissions');
  if (!existsSync(join(dataDir, 'salon.db')))
    return [ok('not in use yet: the first start closes the folders')];
  const open: string[] = [];
  const foreign: string[] = [];
  const own = process.getuid?.();
  const look = async (path: string) => {
    const found = await stat(path).catch(() => undefined);
    if (!found) return;
    if ((found.mode & 0o077) !== 0) open.push(`${path} (${(found.mode & 0o777).toString(8)})`);
    if (own !== undefined && found.uid !== own) foreign.push(path);
  };
  for (const folder of [dataDir, folderOf(dataDir)]) {
    await look(folder);
    for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => []))
      if (entry.isFile() && entry.name !== '.gitkeep') await look(join(folder, entry.name));
  }
  await look(imagesDir);
  return [
    open.length === 0
      ? ok('folders 700, files 600')
      : fail(`open to other users of this machine: ${some(open)}`),
    ...(foreign.length > 0 ? [warn(`owned by another user than the one asking: ${some(foreign)}`)] : []),
  ];
}

/** Free space and the kind of file system of each folder. */
export async function checkDisks(folders: Record<string, string>): Promise<Finding[]> {
  const { ok, warn, fail } = about('disk');
  const findings: Finding[] = [];
  for (const [setting, path] of Object.entries(folders)) {
    if (!existsSync(path)) {
      findings.push(warn(`${setting} ${path} is not there yet: it is made at the first start`));
      continue;
    }
    // Asks the system, and writes nothing.
    if (!(await canWrite(path))) findings.push(fail(`${setting} ${path} cannot be written by this user`));
    const disk = await statfs(path);
    const free = disk.bavail * disk.bsize;
    const level = free < EMPTY_BYTES ? fail : free < LOW_BYTES ? warn : ok;
    findings.push(level(`${setting}: ${megabytes(free)} free`));
    const network = networkFileSystems[disk.type];
    if (network) findings.push(warn(`${setting} is on ${network}: SQLite needs a disk of this machine`));
  }
  return findings;
}

const canWrite = (path: string) =>
  access(path, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );

/** What signs cookies and tokens, unless a setting does. A file that is too short stops the start. */
export async function checkSecret({ dataDir, sessionSecret }: Config): Promise<Finding[]> {
  const { ok, warn, fail } = about('session secret');
  if (sessionSecret !== undefined) return [ok('from SESSION_SECRET')];
  if (!existsSync(join(dataDir, 'salon.db'))) return [];
  const path = join(dataDir, 'session-secret');
  if (!existsSync(path))
    return [warn('there is none: the next start makes one, and everyone has to sign in')];
  const isWhole = (await readRegular(path)).toString('utf8').trim().length >= MIN_SECRET;
  return [isWhole ? ok('there') : fail(`${path} is damaged: remove it, and everyone has to sign in again`)];
}

/** Whether there is something to go back to. */
export async function checkBackups(dataDir: string, now: number): Promise<Finding[]> {
  const { ok, warn } = about('backups');
  const [newest] = await listBackups(dataDir);
  if (!newest) return [warn('there is none: make one with "npm run cli -- backup"')];
  const text = `the newest is ${newest.name}`;
  return [now - newest.createdAt > OLD_BACKUP_MS ? warn(`${text}, older than two days`) : ok(text)];
}
