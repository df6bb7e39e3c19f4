import { createHash } from 'node:crypto';
import { ipKey } from '../lib/ip.ts';
import { AppError } from '../lib/errors.ts';
import type { Statement } from '../platform/db/db.ts';
import type { AccountStore, ThrottleRow } from './store.ts';

/** Failed sign-ins only, from the contract: 10 for one account, 50 for one IP address, in 10 minutes. */
const WINDOW_MS = 10 * 60_000;
const MAX_PER_ACCOUNT = 10;
const MAX_PER_IP = 50;
/** Wrong registration keys, from the contract too. */
const MAX_KEYS_PER_IP = 30;

export type Attempt = { nameKey: string; ip: string };

type Counter = readonly [key: string, most: number];

/** Counts failed sign-ins and wrong registration keys in the database, so that a restart forgets none. */
export function createThrottle(store: AccountStore, now: () => number) {
  const signIns = ({ nameKey, ip }: Attempt): Counter[] => [
    [accountKey(nameKey), MAX_PER_ACCOUNT],
    [`ip:${ipKey(ip)}`, MAX_PER_IP],
  ];
  const keys = (ip: string): Counter[] => [[`keys:${ipKey(ip)}`, MAX_KEYS_PER_IP]];

  async function assertBelow(counters: Counter[]): Promise<void> {
    for (const [key, most] of counters) {
      const row = await store.findThrottle(key, now());
      if (row && row.points >= most) throw limited(row, now());
    }
  }

  async function count(counters: Counter[]): Promise<void> {
    const counts = [];
    for (const [key, most] of counters)
      counts.push({ most, row: await store.countThrottle(key, now() + WINDOW_MS, now()) });
    for (const { most, row } of counts) if (row.points > most) throw limited(row, now());
  }

  return {
    /** @throws AppError `limited` with the time until the window ends; the same for unknown names */
    assertAllowed: (attempt: Attempt) => assertBelow(signIns(attempt)),
    /** @throws AppError `limited` when guesses made at the same time have used up the window meanwhile */
    countFailure: (attempt: Attempt) => count(signIns(attempt)),
    /** @throws AppError `limited` after too many wrong registration keys from this IP address */
    assertKeyAllowed: (ip: string) => assertBelow(keys(ip)),
    /** @throws AppError `limited` as above */
    countKeyFailure: (ip: string) => count(keys(ip)),
    /** The owner is in: strangers' guesses no longer count against the account. */
    forgive: (attempt: Attempt) => store.deleteThrottle(accountKey(attempt.nameKey)),
    /** What removes the counter of an account, for the batch that deletes the account. */
    forgetting: (nameKey: string): Statement => store.throttleRemoval(accountKey(nameKey)),
  };
}

/** Hashed: what was typed as a name may be a password, or 10,000 characters. */
const accountKey = (nameKey: string) => `account:${createHash('sha256').update(nameKey).digest('base64url')}`;

export type Throttle = ReturnType<typeof createThrottle>;

function limited(row: ThrottleRow, now: number): AppError {
  const seconds = Math.max(1, Math.ceil((row.expires_at - now) / 1000));
  return new AppError('limited', {
    retryAfterSeconds: seconds,
    params: { seconds, minutes: Math.ceil(seconds / 60) },
  });
}
