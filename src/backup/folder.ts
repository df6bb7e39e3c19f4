import { existsSync } from 'node:fs';
import { chmod, lstat, mkdir, readdir, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { utcStamp } from '../lib/time.ts';
import { lockFolder } from '../platform/db/sqlite.ts';
import type { BackupKind } from './manifest.ts';

/** A finished archive. Files of other names are none of ours and are never shown, sent or removed. */
const namePattern = /^salon-backup-(\d{8})-(\d{6})(-scheduled)?\.zip$/;
/** Kept free beside what a backup or a restore needs, so that the server can go on. */
const SPARE_BYTES = 16 * 1024 * 1024;

export type BackupFile = { name: string; kind: BackupKind; bytes: number; createdAt: number };

/** Where archives and the copies from before upgrades are. */
export const folderOf = (dataDir: string) => join(dataDir, 'backups');

/** True for the exact names that Salon gives to its archives; nothing that leads out of the folder is among them. */
export const isBackupName = (name: string) => namePattern.test(name);

/** Makes the folder, closed to other users. @throws Error with one sentence */
export async function prepareBackups(dataDir: string): Promise<string> {
  const folder = folderOf(dataDir);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await chmod(folder, 0o700);
  } catch (cause) {
    throw new Error(`the folder ${folder} cannot be written: give this user the right to`, { cause });
  }
  return folder;
}

/** The archives that are there, the newest first. */
export async function listBackups(dataDir: string): Promise<BackupFile[]> {
  const folder = folderOf(dataDir);
  const names = (await readdir(folder).catch(() => [])).filter(isBackupName);
  const found = await Promise.all(
    names.map(async (name): Promise<BackupFile | undefined> => {
      const [, date = '', time = '', mark] = namePattern.exec(name) ?? [];
      const file = await lstat(join(folder, name)).catch(() => undefined);
      const createdAt = instantOf(date, time);
      if (!file?.isFile() || Number.isNaN(createdAt)) return undefined;
      return { name, kind: mark ? 'scheduled' : 'manual', bytes: file.size, createdAt };
    }),
  );
  return found
    .filter((file) => file !== undefined)
    .sort((a, b) => b.createdAt - a.createdAt || (a.name < b.name ? 1 : -1));
}

/** A name that is free: that of `now`, or of the first free second after it. */
export function freeName(folder: string, kind: BackupKind, now: number): string {
  for (let instant = now; ; instant += 1000) {
    const { date, time } = utcStamp(instant);
    const stem = `salon-backup-${date}-${time}`;
    const isTaken = [`${stem}.zip`, `${stem}-scheduled.zip`].some((name) => existsSync(join(folder, name)));
    if (!isTaken) return `${stem}${kind === 'scheduled' ? '-scheduled' : ''}.zip`;
  }
}

/** Removes what a backup that was killed left behind. Only under the folder's lock. */
export async function clearUnfinished(folder: string): Promise<void> {
  const left = (await readdir(folder)).filter((name) =>
    /^salon-backup-.*\.part(-wal|-shm|-journal)?$/.test(name),
  );
  await Promise.all(left.map((name) => rm(join(folder, name), { force: true })));
}

/**
 * Removes the oldest scheduled archives beyond `keep`. To be called only when a newer one was verified; archives made
 * by hand stay. @returns the names of those removed
 */
export async function rotate(dataDir: string, keep: number): Promise<string[]> {
  const scheduled = (await listBackups(dataDir)).filter(({ kind }) => kind === 'scheduled');
  const old = scheduled.slice(Math.max(1, keep)).map(({ name }) => name);
  for (const name of old) await rm(join(folderOf(dataDir), name), { force: true });
  return old;
}

/** One backup at a time, over all processes. @throws Error when another one runs, or the folder cannot be written */
export function lockBackups(folder: string): { release(): void } {
  try {
    return lockFolder(folder);
  } catch (error) {
    const { cause } = error as { cause?: { code?: string } };
    if (cause?.code !== 'SQLITE_BUSY') throw cause ?? error;
    throw new Error('another backup is running: wait until it is done', { cause });
  }
}

/** @throws Error when less than `bytes` and some spare are free on the disk of `folder` */
export async function requireRoom(folder: string, bytes: number): Promise<void> {
  const disk = await statfs(folder);
  const free = disk.bavail * disk.bsize;
  if (free < bytes + SPARE_BYTES)
    throw new Error(
      `there is not enough room: ${megabytes(bytes + SPARE_BYTES)} are needed and ${megabytes(free)} are free`,
    );
}

/** Sizes in the sentences of the command line. */
export const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;

/** One sentence of any fault; a full disk says so. */
export function sentenceOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'SQLITE_FULL')
    return 'there is no room left on the disk';
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}

function instantOf(date: string, time: string): number {
  const [year, month, day] = [date.slice(0, 4), date.slice(4, 6), date.slice(6)];
  return Date.parse(`${year}-${month}-${day}T${time.slice(0, 2)}:${time.slice(2, 4)}:${time.slice(4)}Z`);
}
