import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type Sqlite from 'better-sqlite3';
import { startModelServer } from '../support/model-server.ts';
import { waitFor } from '../support/wait.ts';
import { checkFile, checkStart } from './check-database.ts';
import { checkImages, checkStrayFiles } from './check-images.ts';
import { checkSend } from './check-sends.ts';
import { canaryOf, createDice } from './dice.ts';
import { openJournal, type Violation } from './journal.ts';
import { signUp } from './load.ts';
import { recordCalls } from './model.ts';
import { playRound, type Sweep } from './round.ts';
import { killWhileStarting, startServer } from './server.ts';
import { openReader, readSnapshot } from './snapshot.ts';

const FIRST_START_KILLS = 3;
const PEOPLE_AT_FIRST = 6;

export type Outcome = { violations: Violation[]; counts: [string, number][]; dir: string };

/**
 * Plays so many rounds on one set of folders; `seed` decides everything random. The folders are removed when all is well.
 * `tell` gets a line after each round.
 */
export async function runSweep(options: {
  rounds: number;
  seed: string;
  tell(line: string): void;
}): Promise<Outcome> {
  const { rounds, seed, tell } = options;
  const root = await mkdtemp(join(tmpdir(), 'salon-sweep-'));
  const dir = join(root, 'server');
  await mkdir(dir);
  const journal = openJournal(join(root, 'journal.jsonl'));
  const model = await startModelServer();
  const env = {
    OPENAI_BASE_URL: model.baseUrl,
    OPENAI_API_KEY: 'test-key',
    OPENAI_RATE_LIMIT_RPM: '1000000',
    OPENAI_RATE_LIMIT_TPM: '1000000000',
    AUTOMATIC_TITLES: 'off',
  };
  const sweep: Sweep = {
    seed,
    dir,
    env,
    journal,
    record: recordCalls(model, journal),
    knownImages: new Set(),
  };
  const dice = createDice(`${seed}/first start`);
  for (let i = 0; i < FIRST_START_KILLS; i++) await killWhileStarting(dir, env, dice.whole(20, 400));
  let salon = await startServer(dir, env, journal);
  try {
    for (let i = 0; i < PEOPLE_AT_FIRST; i++) await signUp(salon.url, canaryOf(`${seed}/${i}`), journal);
    for (let round = 0; round < rounds; round++) {
      const begun = performance.now();
      salon = await playRound(sweep, salon, round);
      const ms = Math.round(performance.now() - begun);
      tell(
        `round ${round}: ${ms} ms, ${journal.sends.length} sends, ${journal.violations.length} violations`,
      );
    }
    await lookAtAll(sweep);
  } catch (error) {
    // What was found so far is worth more than the fault that ends the sweep.
    journal.violate('sweep', String((error as Error).stack));
  }
  await salon.kill('SIGKILL');
  await model.close();
  await journal.close();
  const { violations, counts } = journal;
  if (violations.length === 0) await rm(root, { recursive: true, force: true });
  return { violations, counts: [...counts], dir: root };
}

/** Once nothing runs any more: everything that was ever sent, all images, and files that nobody knows. */
async function lookAtAll({ dir, journal, record }: Sweep): Promise<void> {
  const db = openReader(dir);
  try {
    const isQuiet = () => !db.prepare('select 1 from active_work limit 1').get();
    await waitFor(isQuiet).catch(() => journal.violate('left unfinished', 'replies or jobs that never end'));
    checkFile(db, journal);
    checkStart(db, journal);
    const stored = readSnapshot(db, 0);
    for (const send of journal.sends) checkSend(send, { stored, record, journal });
    await checkImages(db, dir, new Set(), journal);
    await checkStrayFiles(db, dir, journal);
    countRows(db).forEach(([name, count]) => journal.count(name, count));
  } finally {
    db.close();
  }
}

function countRows(db: Sqlite.Database): [string, number][] {
  const rows = db
    .prepare(
      `select 'replies ' || status as name, count(*) as count from messages where kind = 'text' and status is not null group by 1
        union all select 'image jobs ' || status, count(*) from jobs group by 1
        union all select 'images ' || status, count(*) from images group by 1
        union all select 'accounts', count(*) from users`,
    )
    .all() as { name: string; count: number }[];
  return rows.map(({ name, count }) => [name, count]);
}
