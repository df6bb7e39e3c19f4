import type { SettingsRow } from './store.ts';

const HOUR_MS = 3_600_000;
/** A backup that failed is tried again sooner than the next one would come. */
const RETRY_MS = HOUR_MS;

/** 0 hours: only by hand. */
export const MAX_EVERY_HOURS = 720;
export const MAX_KEEP = 365;

/** When the next backup is due by itself, in milliseconds since 1970; null for never. */
export function nextAfter(
  settings: Pick<SettingsRow, 'every_hours'>,
  now: number,
  outcome: 'done' | 'failed',
): number | null {
  if (settings.every_hours === 0) return null;
  const wait = settings.every_hours * HOUR_MS;
  return now + (outcome === 'failed' ? Math.min(wait, RETRY_MS) : wait);
}

/** `wait`: not yet; `plan`: on, but without a time yet (a new Salon); `run`: it is time. */
export function dueNow(settings: SettingsRow, now: number): 'wait' | 'plan' | 'run' {
  if (settings.every_hours === 0) return 'wait';
  if (settings.next_at === null) return 'plan';
  // A clock that was wrong must not put the next one off for years.
  const isTooFar = settings.next_at > now + settings.every_hours * HOUR_MS;
  if (isTooFar) return 'plan';
  return settings.next_at <= now ? 'run' : 'wait';
}
