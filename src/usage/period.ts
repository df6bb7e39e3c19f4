import { AppError, invalid, type FieldError } from '../lib/errors.ts';
import type { Calendar } from '../lib/time.ts';

/** Whole days of a time zone, the last one included: as dates, and as instants from `from` to before `to`. */
export type Days = { zone: string; firstDay: string; lastDay: string; from: number; to: number };

/** When it is asked, and where. */
export type Today = { calendar: Calendar; zone: string; now: number };

const DAY_MS = 24 * 60 * 60_000;
/** A year and a day, so that a year can be asked for whichever way its days are counted. */
export const MAX_DAYS = 367;

/** The days asked for; what is left out is the current month up to today. @throws AppError `invalid` */
export function daysOf(
  asked: { from?: string | undefined; to?: string | undefined },
  { calendar, zone, now }: Today,
): Days {
  const fields: FieldError[] = [];
  const rangeOf = (field: string, date: string) => {
    const range = calendar.dayRange(zone, date);
    if (!range) fields.push({ field, message: 'not_a_date' });
    return range ?? { start: now, end: now };
  };
  const lastDay = asked.to ?? calendar.dateIn(zone, now);
  const firstDay = asked.from ?? `${lastDay.slice(0, 8)}01`;
  const [first, last] = [rangeOf('from', firstDay), rangeOf('to', lastDay)];
  if (fields.length > 0) throw new AppError('invalid', { fields });
  if (first.start >= last.end) throw invalid('from', 'from_after_to');
  if (last.end - first.start > MAX_DAYS * DAY_MS) throw invalid('from', 'period_too_long', { max: MAX_DAYS });
  return { zone, firstDay, lastDay, from: first.start, to: last.end };
}

/** The month that an instant lies in. */
export const monthOf = (today: Today): Days => daysOf({}, today);
