import type { Request, Response } from 'express';
import type { Formats } from '../lib/formats.ts';
import { iso, type Calendar } from '../lib/time.ts';
import type { Chat } from '../chat/chat.ts';
import { imageView, type Images, type ImageView } from '../images/images.ts';
import { userOf, wantsPage } from '../web/context.ts';
import { limitOf, param, textOf } from '../web/validation.ts';
import type { Pages } from '../web/page.ts';
import type { Policy } from '../web/policy.ts';
import { createRoutes, type Routes } from '../web/routes.ts';
import { filterView, type FilterView } from './filter-views.ts';
import type { Answer, Entry, History, ListView } from './history.ts';
import {
  dateText,
  groupJobs,
  groupView,
  kindLinks,
  monthView,
  nothingView,
  thumbOf,
  urlsOf,
  type MonthView,
  type NothingView,
} from './page.ts';

const PAGE_SIZE = 50;

const own: Policy = { who: 'user', scope: 'history' };

declare module '../web/page.ts' {
  interface Views {
    'history/index': {
      days: { date: string; label: string; entries: ReturnType<typeof groupView>[] }[];
      month: MonthView;
      filter: FilterView;
      kinds: { label: string; url: string; current: boolean }[];
      zone: string;
      newerUrl: string | null;
      nextUrl: string | null;
      /** null: there are entries on this page. */
      nothing: NothingView | null;
      empty: boolean;
    };
    'history/entry': { entry: WholeEntry; index: number; dateLabel: string };
  }
}

type WholeEntry = ReturnType<typeof entryView> & {
  html: string | null;
  /** The answer where it is not formatted; `formatUrl` leads to where it is. */
  plain: string | null;
  formatUrl: string;
  image: ImageView | null;
  error: string | null;
  model: string | null;
  sourceUrl: string | null;
  previousUrl: string | null;
  nextUrl: string | null;
};

type Deps = {
  history: History;
  chat: Chat;
  images: Images;
  pages: Pages;
  calendar: Calendar;
  formats: Formats;
  now: () => number;
};

/** History by day, and each exchange by its place in the day. */
export function historyRoutes({ history, chat, images, pages, calendar, formats, now }: Deps): Routes {
  const routes = createRoutes();
  const dayLabel = (req: Request, date: string) => dateText(formats, req, 'fullDay', date);
  const zoneOf = (req: Request) => userOf(req).timeZone ?? 'UTC';

  routes.get(['/history', '/chatlog'], own, async (req, res) => {
    const view = listView(req, zoneOf(req));
    const { days, nextCursor, newerCursor, isEnd } = await history.list(userOf(req), view);
    if (!wantsPage(req)) {
      const json = days.map(({ date, entries }) => ({ date, entries: entries.map(entryJson) }));
      return void res.json({ days: json, next_cursor: nextCursor });
    }
    const shownDay = view.day ?? days[0]?.date ?? calendar.dateIn(view.zone, now());
    const asked = textOf(req.query, 'month') ?? shownDay.slice(0, 7);
    const month = await history.month(userOf(req), asked, view);
    const urls = urlsOf(req.path, view);
    const data = {
      days: days.map(({ date, entries }) => ({
        date,
        label: dayLabel(req, date),
        entries: groupJobs(entries).map(groupView),
      })),
      month: monthView(req, month, { shownDay, urls, formats }),
      kinds: kindLinks(req, view),
      filter: filterView(req.path, view),
      zone: view.zone,
      newerUrl: newerCursor && urls('newer', newerCursor),
      nextUrl: nextCursor && urls('cursor', nextCursor),
      nothing: days.length > 0 ? null : nothingView(req, view, { isEnd, newerCursor, nextCursor, urls }),
      empty: days.length === 0 && isWhole(req),
    };
    await pages.send(req, res, 'history/index', data, { title: req.t('history.title'), section: 'history' });
  });

  routes.get('/chatlog/:date/:index', own, async (req: Request, res: Response) => {
    const date = param(req, 'date');
    const text = param(req, 'index');
    const index = /^\d{1,9}$/.test(text) ? Number(text) : -1;
    const { entry, answer, hasNext } = await history.get(userOf(req), zoneOf(req), date, index);
    const image = entry.kind === 'image' ? await images.get(userOf(req), entry.id) : null;
    if (!wantsPage(req)) {
      const answered = {
        answer: answer?.content ?? null,
        image_url: entry.filename && `/images/${entry.filename}`,
      };
      return void res.json({ ...entryJson(entry), ...answered });
    }
    const data = {
      entry: {
        ...entryView(entry),
        ...(await textOfAnswer(chat, answer, entry.conversationId)),
        image: image && imageView(image, req.t),
        error: errorOf(req, answer?.error),
        model: answer?.model ?? image?.model ?? null,
        sourceUrl: entry.conversationId ? `/conversations/${entry.conversationId}` : `/images/${entry.id}`,
        previousUrl: index > 0 ? `/chatlog/${date}/${index - 1}` : null,
        nextUrl: hasNext ? `/chatlog/${date}/${index + 1}` : null,
      },
      index,
      dateLabel: dayLabel(req, date),
    };
    const isWaiting = ['queued', 'running', 'pending'].includes(entry.status ?? '');
    await pages.send(req, res, 'history/entry', data, {
      title: `${dayLabel(req, date)} #${index}`,
      section: 'history',
      refreshSeconds: isWaiting ? 2 : 0,
    });
  });

  return routes;
}

/** Nothing in the address narrows the list. */
const isWhole = ({ query }: Request) =>
  !['kind', 'cursor', 'newer', 'day', 'month', 'q'].some((name) => textOf(query, name) !== undefined);

function listView(req: Request, zone: string): ListView {
  const kind = textOf(req.query, 'kind');
  return {
    zone,
    limit: limitOf(req.query, PAGE_SIZE),
    cursor: textOf(req.query, 'cursor'),
    newer: textOf(req.query, 'newer'),
    day: textOf(req.query, 'day'),
    query: textOf(req.query, 'q')?.trim(),
    kind: kind === 'chat' || kind === 'image' ? kind : undefined,
  };
}

/** An answer as HTML, or as plain text with a link to where it is formatted. */
async function textOfAnswer(chat: Chat, answer: Answer | null, conversationId: string | null) {
  if (!answer?.content) return { html: null, plain: null, formatUrl: '' };
  const growing = isLive(answer.status) ? await chat.htmlOfGrowing(answer.content) : undefined;
  const html = growing ? growing.blocks + growing.tail : await chat.htmlOf(answer);
  const formatUrl = `/conversations/${conversationId ?? ''}?formatted=${answer.id}#message-${answer.id}`;
  return { html, plain: html === null ? answer.content : null, formatUrl };
}

const isLive = (status: string | null) => status === 'queued' || status === 'running';

function entryView(entry: Entry) {
  return {
    ...entry,
    thumb: thumbOf(entry),
  };
}

function entryJson({ index, kind, prompt, excerpt, url, createdAt }: Entry) {
  return { index, kind, prompt, excerpt, url, created_at: iso(createdAt) };
}

function errorOf(req: Request, error: unknown): string | null {
  const known = error as { code: string; params: Record<string, unknown> } | null | undefined;
  return known ? req.t(`errors.${known.code}`, known.params) : null;
}
