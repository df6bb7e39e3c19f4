import type { Request } from 'express';
import type { Formats } from '../lib/formats.ts';
import { OLDEST_CURSOR, type Entry, type Kind, type ListView, type Month } from './history.ts';

const THUMB_PIXELS = 128;
/** More than this are not counted for one day. */
const MOST_COUNTED = 99;

export type MonthView = {
  label: string;
  days: { day: number; date: string; count: string; label: string; url: string | null; current: boolean }[];
  previousUrl: string | null;
  nextUrl: string | null;
};
type Narrowed = { kind?: Kind | undefined; query?: string | undefined };
/** Leads to another part of the history, with the same filters. */
type Urls = (name: 'cursor' | 'newer' | 'day', value: string) => string;

export const urlsOf =
  (path: string, narrowed: Narrowed): Urls =>
  (name, value) =>
    `${path}?${narrowing(narrowed)}${name}=${value}`;

/** The beginning of a query string, up to and with its last `&`. */
function narrowing({ kind, query }: Narrowed): string {
  const params = new URLSearchParams({
    ...(kind ? { kind } : {}),
    ...(query ? { q: query } : {}),
  }).toString();
  return params && `${params}&`;
}

/** The kinds of entries as links; the one that is chosen leads back to all. */
export const kindLinks = (req: Request, { kind: chosen, query }: Narrowed) =>
  (['chat', 'image'] as const).map((kind) => ({
    label: req.t(`history.kinds.${kind}`),
    url: `${req.path}?${narrowing({ kind: kind === chosen ? undefined : kind, query })}`.replace(/[?&]$/, ''),
    current: kind === chosen,
  }));

/** What stands on a page without entries; `link` leads to the nearest page that has some. */
export type NothingView = { text: string; link: { url: string; label: string } | null };
type Around = { isEnd: boolean; newerCursor: string | null; nextCursor: string | null; urls: Urls };

export function nothingView(
  req: Request,
  view: ListView,
  { isEnd, newerCursor, nextCursor, urls }: Around,
): NothingView {
  const isUpwards = view.newer !== undefined;
  if (isEnd && isUpwards) {
    const url = `${req.path}?${narrowing(view)}`.replace(/[?&]$/, '');
    return { text: req.t('history.no_newer'), link: { url, label: req.t('history.to_newest') } };
  }
  if (isEnd) {
    const link = { url: urls('newer', OLDEST_CURSOR), label: req.t('history.to_oldest') };
    return { text: req.t('history.no_older'), link };
  }
  if (isUpwards && newerCursor) return { text: req.t('history.filters.go_on_newer'), link: null };
  if (!isUpwards && nextCursor) return { text: req.t('history.filters.go_on'), link: null };
  return { text: req.t('history.nothing_here'), link: null };
}

export const thumbOf = ({ filename }: Entry) =>
  filename && `/images/${filename}?w=${THUMB_PIXELS}&h=${THUMB_PIXELS}`;

/** Images that were asked for together are one entry; each keeps its own address. Newest first. */
export function groupJobs(entries: readonly Entry[]): [Entry, ...Entry[]][] {
  const groups: [Entry, ...Entry[]][] = [];
  for (const entry of entries) {
    const last = groups.at(-1);
    if (last && entry.jobId !== null && last[0].jobId === entry.jobId) last.push(entry);
    else groups.push([entry]);
  }
  return groups;
}

/** One row of the list: a question, an image, or the images of a job in the order of their making. */
export function groupView(group: readonly [Entry, ...Entry[]]) {
  const first = group.at(-1) ?? group[0];
  const images = group.toReversed().flatMap((entry) => {
    const thumb = thumbOf(entry);
    return thumb ? [{ url: entry.url, thumb }] : [];
  });
  return { ...first, images, count: group.length };
}

/** A date, `YYYY-MM-DD`, in the words of the reader. */
export const dateText = (
  formats: Formats,
  req: Request,
  style: 'month' | 'longDay' | 'fullDay',
  date: string,
) => formats.date(req.language, 'UTC', style).format(Date.parse(`${date}T12:00Z`));

/** `shownDay`: `YYYY-MM-DD`. */
export function monthView(
  req: Request,
  month: Month,
  { shownDay, urls, formats }: { shownDay: string; urls: Urls; formats: Formats },
): MonthView {
  return {
    label: dateText(formats, req, 'month', `${month.month}-01`),
    days: month.days.map(({ date, count }) => ({
      day: Number(date.slice(8)),
      date,
      count: count > MOST_COUNTED ? `${MOST_COUNTED}+` : String(count),
      label: req.t('history.day', { count, date: dateText(formats, req, 'longDay', date) }),
      url: count > 0 ? `${urls('day', date)}#day-${date}` : null,
      current: date === shownDay,
    })),
    previousUrl: month.previous && urls('day', month.previous),
    nextUrl: month.next && urls('day', month.next),
  };
}
