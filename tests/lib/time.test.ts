import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createFormats } from '../../src/lib/formats.ts';
import { createCalendar, isTimeZone, nextDate, utcStamp } from '../../src/lib/time.ts';

const { dateIn, dayRange } = createCalendar(createFormats());

const HOUR = 3_600_000;
const zones = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Pacific/Kiritimati',
  'Pacific/Pago_Pago',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'Africa/Casablanca',
  'America/St_Johns',
  'Antarctica/Troll',
];
const zone = fc.constantFrom(...zones);
const instant = fc.integer({ min: Date.UTC(2000, 0, 1), max: Date.UTC(2040, 0, 1) });

it('puts every instant into the range of its own day, and into no other', () => {
  fc.assert(
    fc.property(zone, instant, (name, at) => {
      const date = dateIn(name, at);
      const range = dayRange(name, date);
      if (!range) throw new Error(`no range for ${date}`);
      expect(at).toBeGreaterThanOrEqual(range.start);
      expect(at).toBeLessThan(range.end);
      expect(dateIn(name, range.start)).toBe(date);
      expect(dateIn(name, range.start - 1) < date).toBe(true);
      expect(dateIn(name, range.end) > date).toBe(true);
    }),
    { numRuns: 300 },
  );
});

it('lays days end to end', () => {
  fc.assert(
    fc.property(zone, instant, (name, at) => {
      const date = dateIn(name, at);
      const next = dayRange(name, nextDate(date));
      if (next) expect(dayRange(name, date)?.end).toBe(next.start);
    }),
    { numRuns: 200 },
  );
});

it('knows days of 23, 24 and 25 hours, and half-hour changes', () => {
  const hours = (name: string, date: string) => {
    const range = dayRange(name, date);
    return range && (range.end - range.start) / HOUR;
  };
  expect(hours('Europe/Berlin', '2026-03-29')).toBe(23);
  expect(hours('Europe/Berlin', '2026-10-25')).toBe(25);
  expect(hours('Europe/Berlin', '2026-07-01')).toBe(24);
  expect(hours('Australia/Lord_Howe', '2026-04-05')).toBe(24.5);
  expect(hours('Antarctica/Troll', '2026-03-29')).toBe(22);
});

it('knows a day that begins after midnight and one that never was', () => {
  expect(dayRange('America/Sao_Paulo', '2018-11-04')?.start).toBe(Date.parse('2018-11-04T03:00:00Z'));
  expect(dayRange('Pacific/Apia', '2011-12-30')).toBeUndefined();
  expect(dayRange('Pacific/Apia', '2011-12-29')?.end).toBe(dayRange('Pacific/Apia', '2011-12-31')?.start);
});

it('refuses what is no date', () => {
  for (const text of [
    '',
    'today',
    '2026-02-29',
    '2026-13-01',
    '2026-1-1',
    '2026-01-01T00:00',
    '2026-01-01 ',
    '99999-01-01',
    '-2026-01-01',
  ])
    expect([text, dayRange('UTC', text)]).toEqual([text, undefined]);
  expect(dayRange('UTC', '2028-02-29')).toEqual({ start: Date.UTC(2028, 1, 29), end: Date.UTC(2028, 2, 1) });
});

it('knows time zones by name, and nothing else', () => {
  for (const name of [...zones, 'Etc/GMT+5', 'America/Argentina/Buenos_Aires'])
    expect([name, isTimeZone(name)]).toEqual([name, true]);
  for (const name of [
    '',
    'Mars/Base',
    '+02:00',
    '../../etc/passwd',
    'UTC; drop',
    'Europe/Berlin\n',
    'x'.repeat(100),
  ])
    expect([name, isTimeZone(name)]).toEqual([name, false]);
});

it('stamps in UTC', () => {
  expect(utcStamp(Date.UTC(2026, 10, 9, 3, 4, 5))).toEqual({
    date: '20261109',
    time: '030405',
    year: '2026',
    month: '11',
  });
});
