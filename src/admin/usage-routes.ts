import { Router, type Request, type Response } from 'express';
import { z } from 'zod';
import { AppError, isAppError } from '../lib/errors.ts';
import { csvLine } from '../lib/csv.ts';
import {
  daysOf,
  sumsJson,
  sumsView,
  type Days,
  type GroupCursor,
  type Sums,
  type Usage,
} from '../usage/usage.ts';
import { namesJsonOnly, visitor } from '../web/context.ts';
import { fieldSentences } from '../web/errors.ts';
import { requireAdmin, requireUserPage } from '../web/guards.ts';
import { limitOf, optionalText, parse, textOf } from '../web/input.ts';
import type { Pages } from '../web/page.ts';
import { adminTabs } from './nav.ts';

const groupings = ['person', 'model', 'day'] as const;
type Grouping = (typeof groupings)[number];
const filter = z.object({
  by: z.enum(groupings).default('person'),
  from: optionalText(10),
  to: optionalText(10),
  after: z.string().max(300).optional(),
});
const PAGE_SIZE = 50;
const EXPORT_SIZE = 500;
const csvNames = [
  ...['calls', 'failed', 'prompt_tokens', 'completion_tokens', 'pictures', 'cost_usd'],
  ...['estimated', 'unpriced'],
];

type Row = { key: string; label: string | null; sums: Sums };
type Asked = { by: Grouping; days: Days; zone: string };
type Deps = { usage: Usage; pages: Pages; now: () => number };

/** What everybody's calls cost in a period, by person, model or day: page, JSON and CSV. */
export function adminUsageRoutes({ usage, pages, now }: Deps): Router {
  const router = Router();
  const { reports } = usage;

  async function rowsOf({ by, days, zone }: Asked, limit: number, after?: string) {
    if (by === 'day') {
      const all = await reports.byDay(days, zone);
      const rest = after === undefined ? all : all.filter(({ date }) => date < after);
      const rows = rest.slice(0, limit).map(({ date, ...sums }): Row => ({ key: date, label: date, sums }));
      return { rows, next: rest.length > limit ? (rows.at(-1)?.key ?? null) : null };
    }
    const list = by === 'person' ? reports.byPerson : reports.byModel;
    const { groups, next } = await list(days, limit, readCursor(after));
    const rows = groups.map(({ key, label, ...sums }): Row => ({ key, label, sums }));
    return { rows, next: next ? `${next.cost}~${next.key}` : null };
  }

  async function draw(req: Request, res: Response, failed?: AppError): Promise<void> {
    const zone = visitor(req).timeZone ?? 'UTC';
    const asked = parse(filter, failed ? {} : req.query);
    const { by } = asked;
    const days = daysOf(asked, zone, now());
    const { rows, next } = await rowsOf({ by, days, zone }, PAGE_SIZE, asked.after);
    const link = (more: Record<string, string>) =>
      `/admin/usage?${new URLSearchParams({ by, from: days.firstDay, to: days.lastDay, ...more }).toString()}`;
    const typed = (name: string, otherwise: string) =>
      failed ? (textOf(req.query, name) ?? otherwise) : otherwise;
    const data = {
      adminNav: adminTabs(req.t, 'usage'),
      form: { from: typed('from', days.firstDay), to: typed('to', days.lastDay), by },
      fieldErrors: Object.fromEntries(
        (failed ? fieldSentences(req.t, failed) : []).map(({ field, message }) => [field, message]),
      ),
      groupings: groupings.map((name) => ({ name, url: link({ by: name }), current: name === by })),
      total: sumsView(req.language, await reports.total(days)),
      rows: rows.map(({ key, label, sums }) => ({
        label: labelOf(req, by, { key, label }),
        url: by === 'person' && key !== '' ? `/admin/people/${key}` : null,
        ...sumsView(req.language, sums),
      })),
      csvUrl: link({ format: 'csv' }),
      nextUrl: next === null ? null : link({ after: next }),
      isLaterPage: asked.after !== undefined,
      firstUrl: link({}),
    };
    const title = req.t('usage.title');
    await pages.send(req, res, 'admin/usage', data, {
      title,
      section: 'admin',
      status: failed?.status ?? 200,
    });
  }

  async function sendCsv(req: Request, res: Response): Promise<void> {
    const zone = visitor(req).timeZone ?? 'UTC';
    const { by, ...asked } = parse(filter, req.query);
    const days = daysOf(asked, zone, now());
    res.type('text/csv; charset=utf-8');
    res.attachment(`usage_by_${by}_${days.firstDay}_${days.lastDay}.csv`);
    const head = by === 'person' ? ['person_id', 'username'] : [by];
    let text = csvLine([...head, ...csvNames]);
    for (let after: string | undefined | null; after !== null;) {
      const { rows, next } = await rowsOf({ by, days, zone }, EXPORT_SIZE, after);
      for (const { key, label, sums } of rows)
        text += csvLine([...(by === 'person' ? [key, label ?? ''] : [key]), ...cellsOf(sums)]);
      after = next;
    }
    res.send(text);
  }

  async function sendJson(req: Request, res: Response): Promise<void> {
    const zone = visitor(req).timeZone ?? 'UTC';
    const { by, after, ...asked } = parse(filter, req.query);
    const days = daysOf(asked, zone, now());
    const { rows, next } = await rowsOf({ by, days, zone }, limitOf(req.query, PAGE_SIZE), after);
    res.json({
      ...{ from: days.firstDay, to: days.lastDay, by, total: sumsJson(await reports.total(days)) },
      rows: rows.map(({ key, label, sums }) => ({ ...nameOf(by, { key, label }), ...sumsJson(sums) })),
      next_cursor: next,
    });
  }

  router.get('/admin/usage', requireUserPage, requireAdmin, async (req, res) => {
    if (textOf(req.query, 'format') === 'csv') return sendCsv(req, res);
    if (namesJsonOnly(req)) return sendJson(req, res);
    try {
      await draw(req, res);
    } catch (error) {
      if (!isAppError(error, 'invalid')) throw error;
      await draw(req, res, error);
    }
  });

  return router;
}

/** The cost and the key of the last row of the page before. @throws AppError `bad_request` */
function readCursor(text: string | undefined): GroupCursor | undefined {
  if (text === undefined) return undefined;
  const [, cost, key] = /^(\d{1,15})~(.*)$/s.exec(text) ?? [];
  if (cost === undefined || key === undefined) throw new AppError('bad_request');
  return { cost: Number(cost), key };
}

function nameOf(by: Grouping, { key, label }: Pick<Row, 'key' | 'label'>) {
  if (by !== 'person') return { [by]: key };
  return { person: key === '' ? null : { id: key, username: label } };
}

function labelOf(req: Request, by: Grouping, { key, label }: Pick<Row, 'key' | 'label'>): string {
  if (by === 'person') return label ?? req.t('usage.nobody');
  if (by === 'model') return key;
  const day = new Intl.DateTimeFormat(req.language, { dateStyle: 'medium', timeZone: 'UTC' });
  return day.format(Date.parse(`${key}T12:00:00Z`));
}

const cellsOf = (sums: Sums) => [
  ...[sums.calls, sums.failed, sums.promptTokens, sums.completionTokens, sums.pictures],
  ...[sums.costMicros / 1_000_000, sums.estimated, sums.unpriced],
];
