import { AppError } from '../lib/errors.ts';
import type { AccountStore, ThrottleRow } from './store.ts';

/** Failed sign-ins only, from the contract: 10 for one account, 50 for one address, in 10 minutes. */
const WINDOW_MS = 10 * 60_000;
const MAX_PER_ACCOUNT = 10;
const MAX_PER_ADDRESS = 50;

export type Attempt = { nameKey: string; address: string };

/** Counts failed sign-ins per account and per address in the database, so that a restart forgets none. */
export function createThrottle(store: AccountStore, now: () => number) {
  const keys = ({ nameKey, address }: Attempt) =>
    [
      [`account:${nameKey}`, MAX_PER_ACCOUNT],
      [`address:${addressKey(address)}`, MAX_PER_ADDRESS],
    ] as const;
  return {
    /** @throws AppError `limited` with the time until the window ends; the same for unknown names */
    async assertAllowed(attempt: Attempt): Promise<void> {
      for (const [key, most] of keys(attempt)) {
        const row = await store.findThrottle(key, now());
        if (row && row.points >= most) throw limited(row, now());
      }
    },
    /** @throws AppError `limited` when guesses made at the same time have used up the window meanwhile */
    async countFailure(attempt: Attempt): Promise<void> {
      const counts = [];
      for (const [key, most] of keys(attempt))
        counts.push({ most, row: await store.countThrottle(key, now() + WINDOW_MS, now()) });
      for (const { most, row } of counts) if (row.points > most) throw limited(row, now());
    },
    /** The owner is in: strangers' guesses no longer count against the account. */
    forgive: (attempt: Attempt) => store.deleteThrottle(`account:${attempt.nameKey}`),
  };
}

function limited(row: ThrottleRow, now: number): AppError {
  const seconds = Math.max(1, Math.ceil((row.expires_at - now) / 1000));
  return new AppError('limited', {
    retryAfterSeconds: seconds,
    params: { seconds, minutes: Math.ceil(seconds / 60) },
  });
}

/** IPv4 as it is (also when mapped into IPv6), IPv6 by its /64, which one subscriber has to himself. */
export function addressKey(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '').replace(/%.*$/, '');
  if (!plain.includes(':')) return plain;
  const [head = '', tail = ''] = plain.toLowerCase().split('::');
  const left = head.split(':').filter(Boolean);
  const right = tail.split(':').filter(Boolean);
  const groups = plain.includes('::')
    ? [...left, ...new Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0'), ...right]
    : left;
  return (
    groups
      .slice(0, 4)
      .map((group) => group.replace(/^0+(?=.)/, ''))
      .join(':') + '::/64'
  );
}
