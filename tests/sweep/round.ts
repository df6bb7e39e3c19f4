import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { openDatabase } from '../support/database.ts';
import type { SalonProcess } from '../support/process.ts';
import { checkFile, checkKilled, checkStart } from './check-database.ts';
import { checkImages } from './check-images.ts';
import { clientAt } from './client.ts';
import { createDice, type Dice } from './dice.ts';
import type { Journal, Moment } from './journal.ts';
import { runSignUps, runTab } from './load.ts';
import type { CallRecord } from './model.ts';
import { recover } from './recover.ts';
import { killWhileStarting, startServer, type Env } from './server.ts';
import { openReader } from './snapshot.ts';

const PEOPLE_IN_A_ROUND = 9;
const LONGEST_LOAD_MS = 2200;

export type Sweep = {
  seed: string;
  dir: string;
  env: Env;
  journal: Journal;
  record: CallRecord;
  knownImages: Set<string>;
};

/** Load, kill, start again, look at everything. @returns the server that runs then */
export async function playRound(sweep: Sweep, salon: SalonProcess, round: number): Promise<SalonProcess> {
  const { journal, dir, env } = sweep;
  const dice = createDice(`${sweep.seed}/${round}`);
  const roundBegan = Date.now();
  Object.assign(journal.state, { round, isKilled: false });
  Object.assign(journal, { readers: [], promises: [], endedCookies: [] });
  const load = startLoad(sweep, salon, dice);
  const moment = await momentToKill(journal, dice);
  journal.state.isKilled = true;
  const killedAt = performance.now();
  await salon.kill('SIGKILL');
  journal.note('killed', { moment });
  journal.count('kills under load');
  await load;
  if (/unhandled|uncaught/i.test(salon.output()))
    journal.violate('reachable', `the server complained: ${salon.output().slice(-500)}`);

  if (dice.chance(0.15)) {
    await killWhileStarting(dir, env, dice.whole(20, 500));
    journal.count('kills while starting');
  }
  // Half of the time the server finds the files as the kill left them.
  if (dice.chance(0.5)) lookAtFile(dir, journal);
  const next = await startServer(dir, env, journal);
  const db = openReader(dir);
  try {
    checkStart(db, journal);
    checkFile(db, journal);
    await recover({ url: next.url, db, journal, record: sweep.record, dice, killedAt, roundBegan });
    await checkImages(db, dir, sweep.knownImages, journal);
  } finally {
    db.close();
  }
  return next;
}

async function startLoad({ journal, seed }: Sweep, salon: SalonProcess, dice: Dice): Promise<void> {
  const { round } = journal.state;
  const diceOf = (name: string) => createDice(`${seed}/${round}/${name}`);
  const people = dice.some(journal.accounts, PEOPLE_IN_A_ROUND);
  const tabs = people.flatMap((account, person) =>
    Array.from({ length: dice.whole(1, 2) }, (_, tab) => {
      const name = `${person}-${tab}`;
      return runTab({
        client: clientAt(salon.url, account, journal),
        account,
        dice: diceOf(name),
        journal,
        name,
      });
    }),
  );
  await Promise.all([...tabs, runSignUps({ url: salon.url, dice: diceOf('sign-ups'), journal })]);
}

/** Some time after the beginning, mostly right after something that leaves the server half-way through its work. */
async function momentToKill(journal: Journal, dice: Dice): Promise<string> {
  const [moment, longest] = dice.weighted<readonly [Moment | 'time', number]>([
    [45, ['time', 0]],
    [12, ['image-asked', 30]],
    [16, ['image-answered', 30]],
    [12, ['sign-up', 150]],
    [9, ['message', 15]],
    [6, ['continue', 15]],
  ]);
  const end = new AbortController();
  await sleep(dice.whole(150, moment === 'time' ? LONGEST_LOAD_MS : LONGEST_LOAD_MS / 2));
  if (moment === 'time') return moment;
  const late = sleep(LONGEST_LOAD_MS / 2, undefined, { signal: end.signal });
  await Promise.race([late, once(journal.moments, moment, { signal: end.signal })]).finally(() =>
    end.abort(),
  );
  await sleep(dice.whole(0, longest));
  return moment;
}

function lookAtFile(dir: string, journal: Journal): void {
  const db = openDatabase(dir);
  checkFile(db, journal);
  checkKilled(db, journal);
  db.close();
}
