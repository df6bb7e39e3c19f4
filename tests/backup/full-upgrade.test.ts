import { readdirSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { migrate } from '../../src/platform/db/migrate.ts';
import { migrations } from '../../src/platform/db/migrations/migrations.ts';
import { openSqlite } from '../../src/platform/db/sqlite.ts';
import { silentLog } from '../../src/platform/log.ts';
import { prepareFolder } from '../../src/platform/secret.ts';
import { makeSmallDisk } from '../support/small-disk.ts';

const disk = makeSmallDisk();
const data = join(disk.dir, 'data');
const { blocks, bsize } = statfsSync(data);
const isSmall = blocks * bsize < 20_000_000;
afterAll(() => disk.remove());

/** `rows` of 4 kB each. */
const fillTable = (rows: number) => `insert into app_secrets
  with recursive n(i) as (select 1 union all select i + 1 from n where i < ${rows})
  select 's' || i, hex(randomblob(2000)) from n`;

// Needs a volume of its own, which only a system that allows mounting gives.
it.skipIf(!isSmall)('an upgrade that the disk has no room for changes nothing, and says so', async () => {
  const db = openSqlite(join(data, 'salon.db'));
  await migrate(db, silentLog);
  db.raw.exec(fillTable(500));
  db.raw.pragma('wal_checkpoint(TRUNCATE)');
  const version = () => db.raw.pragma('user_version', { simple: true });
  const large = [...migrations, { name: 'large', sql: `delete from app_secrets; ${fillTable(3000)}` }];
  await expect(migrate(db, silentLog, large)).rejects.toThrow(
    /failed at "large" \(.*full\) and changed nothing/,
  );
  expect([version(), db.raw.pragma('integrity_check', { simple: true })]).toEqual([migrations.length, 'ok']);
  disk.fill(process.pid);
  // The copy from before lies there already; there is no room for a new one beside it.
  await expect(migrate(db, silentLog, large)).rejects.toThrow(
    /cannot be copied before its upgrade \(there is no room/,
  );
  expect(version()).toBe(migrations.length);
  expect(readdirSync(join(data, 'backups'))).toEqual([`before-${migrations.length + 1}.db`]);
  await db.close();
  disk.fill(process.pid);
  expect(() => prepareFolder(data, 'DATA_DIR', { isPrivate: true, holdsDatabase: true })).toThrow(
    /^there is no room left on the disk of .*: free some, or set another DATA_DIR$/,
  );
});
