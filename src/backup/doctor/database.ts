import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isHalfRestored } from '../../platform/db/half-restored.ts';
import { migrations } from '../../platform/db/migrations/migrations.ts';
import { isFolderLocked, openReader, type Reader } from '../../platform/db/reader.ts';
import { openSqlite } from '../../platform/db/sqlite.ts';
import { sentenceOf } from '../folder.ts';
import { statements } from '../store.ts';
import { about, type Finding } from './finding.ts';

const { ok, warn, fail } = about('database');

/** How this Salon opens its database, read from a new one: the levels belong to a connection, not to a file. */
export function checkEngine(): Finding[] {
  const engine = about('engine');
  const dir = mkdtempSync(join(tmpdir(), 'salon-doctor-'));
  try {
    const { raw } = openSqlite(join(dir, 'probe.db'));
    const level = (name: string) => String(raw.pragma(name, { simple: true }));
    const found = { journal: level('journal_mode'), sync: level('synchronous'), keys: level('foreign_keys') };
    raw.close();
    const text = `journal ${found.journal}, synchronous ${found.sync === '2' ? 'full' : found.sync}, foreign keys ${found.keys === '1' ? 'on' : 'off'}`;
    const isRight = found.journal === 'wal' && found.sync === '2' && found.keys === '1';
    return [isRight ? engine.ok(text) : engine.fail(`${text}: expected wal, full and on`)];
  } catch (error) {
    return [engine.fail(sentenceOf(error))];
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** The database file: version, integrity, rows that name missing rows, work that nobody does. Reads the whole file. */
export function checkDatabase(dataDir: string): Finding[] {
  const path = join(dataDir, 'salon.db');
  if (isHalfRestored(dataDir)) return [fail('a restore has not ended: wait for it, or call it again')];
  if (!existsSync(path)) return [warn('there is none yet: it is made at the first start')];
  let reader: Reader;
  try {
    reader = openReader(path);
  } catch (error) {
    return [fail(`it cannot be read: ${sentenceOf(error)}`)];
  }
  try {
    return [...checkVersion(reader), ...checkSound(reader), ...checkLive(reader, isFolderLocked(dataDir))];
  } catch (error) {
    return [fail(`it cannot be read: ${sentenceOf(error)}`)];
  } finally {
    reader.close();
  }
}

function checkVersion(reader: Reader): Finding[] {
  const version = reader.version();
  const known = migrations.length;
  if (version > known) return [fail(`version ${version} is of a newer Salon, this one knows ${known}`)];
  if (version < known) return [warn(`version ${version}: the next start upgrades it to ${known}`)];
  return [ok(`version ${version}`)];
}

function checkSound(reader: Reader): Finding[] {
  const faults = reader.faults();
  const orphans = reader.foreignKeyFaults();
  return [
    faults.length === 0 ? ok('integrity check passed') : fail(`damaged: ${faults[0] ?? ''}`),
    orphans === 0 ? ok('foreign key check passed') : fail(`${orphans} rows name rows that are not there`),
  ];
}

function checkLive(reader: Reader, isRunning: boolean): Finding[] {
  const server = about('server');
  if (isRunning) return [server.ok('running on this DATA_DIR')];
  const count = (sql: string) => reader.all<{ count: number }>(sql)[0]?.count ?? 0;
  const [replies, jobs] = [count(statements.liveMessages), count(statements.liveJobs)];
  const stopped = server.ok('not running on this DATA_DIR');
  if (replies + jobs === 0) return [stopped];
  const text = `${replies} replies and ${jobs} jobs count as running while no server runs: the next start ends them`;
  return [stopped, server.warn(text)];
}
