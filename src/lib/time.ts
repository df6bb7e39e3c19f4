import type { Formats } from './formats.ts';

/** Days in a person's time zone. All instants are milliseconds since 1970 UTC; dates are `YYYY-MM-DD`. */
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** True when the platform knows the IANA zone name. */
export function isTimeZone(zone: string): boolean {
  if (!/^[A-Za-z][\w+\-/]{1,63}$/.test(zone)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

/** Days of time zones, calculated with the formats that are kept. */
export function createCalendar(formats: Formats) {
  /** The date that an instant falls on in a zone. */
  const dateIn = (zone: string, instant: number): string =>
    new Date(wallClock(formats.date('en-US', zone, 'clock'), instant)).toISOString().slice(0, 10);

  /** The earliest instant whose local date is `date` or later: searched, since offsets change within a day. */
  function firstInstantOf(zone: string, date: string, guess: number): number {
    let low = guess - 16 * HOUR_MS;
    let high = guess + 16 * HOUR_MS;
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (dateIn(zone, middle) >= date) high = middle;
      else low = middle;
    }
    return high;
  }

  /** The first instant of a real date in a zone; where the zone skipped that day, of the next one. */
  const startOfDay = (zone: string, date: string): number =>
    firstInstantOf(zone, date, Date.parse(`${date}T00:00:00Z`));

  return {
    dateIn,
    startOfDay,

    /**
     * First instant of a day and of the day after, in a zone; days may have 23 to 25 hours.
     * @returns undefined when the text is no real date, or the zone skipped that day.
     */
    dayRange(zone: string, date: string): { start: number; end: number } | undefined {
      if (!isDate(date)) return undefined;
      const [start, end] = [startOfDay(zone, date), startOfDay(zone, nextDate(date))];
      return dateIn(zone, start) === date ? { start, end } : undefined;
    },
  };
}

export type Calendar = ReturnType<typeof createCalendar>;

/** Whether a text is a date that there is, as `YYYY-MM-DD`. */
export function isDate(text: string): boolean {
  const noon = Date.parse(`${text}T12:00:00Z`);
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || Number.isNaN(noon)) return false;
  return new Date(noon).toISOString().slice(0, 10) === text;
}

/** The date after. */
export function nextDate(date: string): string {
  return new Date(Date.parse(`${date}T12:00:00Z`) + DAY_MS).toISOString().slice(0, 10);
}

/** `20261121` and `093005` of an instant, in UTC: the stamp of file names. */
export function utcStamp(instant: number): { date: string; time: string; year: string; month: string } {
  const iso = new Date(instant).toISOString();
  return {
    date: iso.slice(0, 10).replaceAll('-', ''),
    time: iso.slice(11, 19).replaceAll(':', ''),
    year: iso.slice(0, 4),
    month: iso.slice(5, 7),
  };
}

/** ISO 8601 in UTC, or null for an instant that has not come. */
export const iso = (instant: number) => new Date(instant).toISOString();

/** A zone's wall clock at an instant, as milliseconds, as if it were UTC. */
function wallClock(format: Intl.DateTimeFormat, instant: number): number {
  const part: Record<string, number> = {};
  for (const { type, value } of format.formatToParts(instant)) part[type] = Number(value);
  return Date.UTC(
    part['year'] ?? 0,
    (part['month'] ?? 1) - 1,
    part['day'] ?? 1,
    part['hour'] ?? 0,
    part['minute'] ?? 0,
    part['second'] ?? 0,
  );
}
