import type { Request, Response } from 'express';
import { z } from 'zod';
import { AppError, isAppError } from '../lib/errors.ts';
import { csvLine } from '../lib/csv.ts';
import type { Calendar } from '../lib/time.ts';
import {
  daysOf,
  sumsJson,
  sumsView,
  type Days,
  type Grouping,
  type Sums,
  type SumsRow,
  type SumsView,
  type Usage,
} from '../usage/usage.ts';
import { namesJsonOnly, userOf } from '../web/context.ts';
import { type FormFaults, formErrors } from '../web/form-errors.ts';
import { limitOf, optionalText, parse, textOf } from '../web/validation.ts';
import type { Pages } from '../web/page.ts';
import type { Policy } from '../web/policy.ts';
import { createRoutes, type Routes } from '../web/routes.ts';
import { adminTabs } from './nav.ts';

const groupings = ['person', 'model', 'day'] as const satisfies readonly Grouping[];
const filter = z.object({
  by: z.enum(groupings).default('person'),
  from: optionalText(10),
  to: optionalText(10),
  after: z.string().max(300).optional(),
});
const PAGE_SIZE = 50;
const csvNames = [
  ...['calls', 'failed', 'prompt_tokens', 'completion_tokens', 'images', 'cost_usd'],
  ...['estimated', 'unpriced'],
];

declare module '../web/page.ts' {
  interface Views {
    'admin/usage': FormFaults & {
      adminNav: Tab[];
      form: { from: string; to: string; by: Grouping };
      groupings: { name: Grouping; url: string; current: boolean }[];
      total: SumsView;
      rows: SumsRow[];
      csvUrl: string;
      nextUrl: string | null;
      isLaterPage: boolean;
      firstUrl: string;
    };
  }
}

type Asked = { by: Grouping; days: Days; after: string | undefined };
type Row = { key: string; name: string | null; sums: Sums };
const adminPage: Policy = { who: 'admin', format: 'page' };

type Deps = { usage: Usage; pages: Pages; calendar: Calendar; now: () => number };

/** What everybody's calls cost in a period, by person, model or day: page, JSON and CSV. */
export function adminUsageRoutes({ usage, pages, calendar, now }: Deps): Routes {
  const routes = createRoutes();
  const { reports } = usage;

  function askedBy(req: Request, query: unknown): Asked {
    const { by, after, ...period } = parse(filter, query);
    return {
      by,
      after,
      days: daysOf(period, { calendar, zone: userOf(req).timeZone ?? 'UTC', now: now() }),
    };
  }

  /** One page of rows; `next` is the key of its last one when there are more. */
  async function read({ by, days, after }: Asked, limit: number) {
    const { total, groups } = await reports.of(days, by);
    const first = after === undefined ? 0 : groups.findIndex(({ key }) => key === after) + 1;
    if (after !== undefined && first === 0) throw new AppError('bad_request');
    const shown = groups.slice(first, first + limit);
    const rows = await Promise.all(
      shown.map(async ({ key, ...sums }): Promise<Row> => {
        const name = by === 'person' && key !== '' ? await reports.nameOf(key) : undefined;
        return { key, name: name ?? null, sums };
      }),
    );
    return { total, rows, next: groups.length > first + limit ? (rows.at(-1)?.key ?? null) : null };
  }

  async function draw(req: Request, res: Response, failed?: AppError): Promise<void> {
    const asked = askedBy(req, failed ? {} : req.query);
    const { by, days, after } = asked;
    const { total, rows, next } = await read(asked, PAGE_SIZE);
    const link = (more: Record<string, string>) =>
      `/admin/usage?${new URLSearchParams({ by, from: days.firstDay, to: days.lastDay, ...more }).toString()}`;
    const typed = (name: string, otherwise: string) =>
      failed ? (textOf(req.query, name) ?? otherwise) : otherwise;
    const data = {
      adminNav: adminTabs(req.t, 'usage'),
      form: { from: typed('from', days.firstDay), to: typed('to', days.lastDay), by },
      ...formErrors(req, failed),
      groupings: groupings.map((name) => ({ name, url: link({ by: name }), current: name === by })),
      total: sumsView(req.language, total),
      rows: rows.map((row) => ({
        label: labelOf(req, by, row),
        url: row.name === null ? null : `/admin/people/${row.key}`,
        ...sumsView(req.language, row.sums),
      })),
      csvUrl: link({ format: 'csv' }),
      nextUrl: next === null ? null : link({ after: next }),
      isLaterPage: after !== undefined,
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
    const asked = { ...askedBy(req, req.query), after: undefined };
    const { by, days } = asked;
    const { rows } = await read(asked, Infinity);
    const head = by === 'person' ? ['person_id', 'username'] : [by];
    const lines = rows.map(({ key, name, sums }) =>
      csvLine([...(by === 'person' ? [key, name] : [key]), ...cellsOf(sums)]),
    );
    res.type('text/csv; charset=utf-8');
    res.attachment(`usage_by_${by}_${days.firstDay}_${days.lastDay}.csv`);
    res.send(csvLine([...head, ...csvNames]) + lines.join(''));
  }

  async function sendJson(req: Request, res: Response): Promise<void> {
    const asked = askedBy(req, req.query);
    const { total, rows, next } = await read(asked, limitOf(req.query, PAGE_SIZE));
    res.json({
      from: asked.days.firstDay,
      to: asked.days.lastDay,
      by: asked.by,
      total: sumsJson(total),
      rows: rows.map((row) => ({ ...nameOf(asked.by, row), ...sumsJson(row.sums) })),
      next_cursor: next,
    });
  }

  routes.get('/admin/usage', adminPage, async (req, res) => {
    if (textOf(req.query, 'format') === 'csv') return sendCsv(req, res);
    if (namesJsonOnly(req)) return sendJson(req, res);
    try {
      await draw(req, res);
    } catch (error) {
      if (!isAppError(error, 'invalid')) throw error;
      await draw(req, res, error);
    }
  });

  return routes;
}

function nameOf(by: Grouping, { key, name }: Row) {
  if (by !== 'person') return { [by]: key };
  return { person: key === '' ? null : { id: key, username: name } };
}

function labelOf(req: Request, by: Grouping, { key, name }: Row): string {
  if (by === 'person') return name ?? req.t('usage.nobody');
  if (by === 'model') return key;
  const day = new Intl.DateTimeFormat(req.language, { dateStyle: 'medium', timeZone: 'UTC' });
  return day.format(Date.parse(`${key}T12:00:00Z`));
}

const cellsOf = (sums: Sums) => [
  ...[sums.calls, sums.failed, sums.promptTokens, sums.completionTokens, sums.images],
  ...[sums.costMicros / 1_000_000, sums.estimated, sums.unpriced],
];
