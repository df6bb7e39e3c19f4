import type Sqlite from 'better-sqlite3';
import { checkPromises } from './check-database.ts';
import { checkReaders } from './check-readers.ts';
import { checkSend } from './check-sends.ts';
import { clientAt, PASSWORD } from './client.ts';
import type { Dice } from './dice.ts';
import type { Journal, Send } from './journal.ts';
import type { CallRecord } from './model.ts';
import { readSnapshot } from './snapshot.ts';

const REPEATED_AGAIN = 4;

type Recovery = {
  url: string;
  db: Sqlite.Database;
  journal: Journal;
  record: CallRecord;
  dice: Dice;
  /** By `performance.now`. */
  killedAt: number;
  /** By the wall clock. */
  roundBegan: number;
};

/** What the clients do at a server that was started again, and what they must find there. */
export async function recover({
  url,
  db,
  journal,
  record,
  dice,
  killedAt,
  roundBegan,
}: Recovery): Promise<void> {
  const sends = journal.sends.filter(({ round }) => round === journal.state.round);
  const before = readSnapshot(db, roundBegan);
  for (const send of sends) checkSend(send, { stored: before, record, journal });
  checkPromises(db, journal.promises, journal);
  await checkReaders(url, before, killedAt, journal);

  const unknown = sends.filter(
    (send) => !send.isAcknowledged && (send.refusedWith === undefined || send.open > 0),
  );
  const known = sends.filter(({ isAcknowledged }) => isAcknowledged);
  for (const send of unknown)
    journal.count(
      before.questions(send.clientId).length + before.jobs(send.clientId).length > 0
        ? 'unanswered but stored'
        : 'unanswered and absent',
    );
  for (const send of [...unknown, ...dice.some(known, REPEATED_AGAIN)]) await repeat(url, send, journal);
  const after = readSnapshot(db, roundBegan);
  for (const send of sends) checkSend(send, { stored: after, record, journal });
  await signUpAgain(url, journal);
  await checkSessions(url, dice, journal);
}

async function repeat(url: string, send: Send, journal: Journal): Promise<void> {
  delete send.refusedWith;
  send.open = 0;
  const isStored = await clientAt(url, send.account, journal).send(send);
  if (!isStored) journal.violate('twice', `the repeat of ${send.clientId} was refused`);
  journal.count('repeated sends');
}

/** A sign-up without an answer either was done, then its password opens the account, or can be done now. */
async function signUpAgain(url: string, journal: Journal): Promise<void> {
  for (const name of journal.openSignUps.splice(0)) {
    const account = { name, cookie: '', conversations: [], replies: [], jobs: [] };
    const client = clientAt(url, account, journal);
    const body = { username: name, password: PASSWORD };
    const first = await client.call('POST', '/register', body);
    const told = first.status === 409 ? await client.call('POST', '/login', body) : first;
    if (told.status !== 200)
      journal.violate('twice', `the repeated sign-up of ${name} gave ${first.status}, ${told.status}`);
    journal.count(first.status === 409 ? 'unanswered sign-ups, done' : 'unanswered sign-ups, absent');
    journal.accounts.push({ ...account, cookie: told.cookie });
  }
}

/** Sessions that were acknowledged are there, those that were ended are not. */
async function checkSessions(url: string, dice: Dice, journal: Journal): Promise<void> {
  for (const account of [...journal.accounts.slice(-5), ...dice.some(journal.accounts, 5)]) {
    const { status } = await clientAt(url, account, journal).call('GET', '/conversations?limit=3');
    if (status !== 200) journal.violate('lost', `the session of ${account.name} gave ${status}`);
  }
  for (const cookie of journal.endedCookies) {
    const { status } = await clientAt(
      url,
      { name: '', cookie, conversations: [], replies: [], jobs: [] },
      journal,
    ).call('GET', '/conversations');
    if (status !== 401) journal.violate('ended session', `an ended session gave ${status}`);
  }
}
