// Upgrades the database that it is given by some large steps; to be killed on the way.
import { migrate } from '../../src/platform/db/migrate.ts';
import { migrations } from '../../src/platform/db/migrations/migrations.ts';
import { openSqlite } from '../../src/platform/db/sqlite.ts';
import { silentLog } from '../../src/platform/log.ts';

const steps = Array.from({ length: 6 }, (_, i) => ({
  name: `step-${i}`,
  sql: `create table step_${i} (id integer primary key, text text) strict;
    insert into step_${i} with recursive n(i) as (select 1 union all select i + 1 from n where i < 30000)
      select i, hex(randomblob(60)) from n;`,
}));
const db = openSqlite(process.argv[2] ?? '');
process.stdout.write('begun\n');
await migrate(db, silentLog, [...migrations, ...steps]);
await db.close();
process.stdout.write('done\n');
