import { once } from 'node:events';
import type { Request, Response } from 'express';
import { z } from 'zod';
import type { Accounts } from '../accounts/accounts.ts';
import { AUDIT_DAYS, type Audit, type Filter, type Outcome } from '../audit/audit.ts';
import { invalid, isAppError, type AppError } from '../lib/errors.ts';
import { isId } from '../lib/ids.ts';
import { utcStamp, type Calendar } from '../lib/time.ts';
import { auditActorOf } from '../web/audit-actor.ts';
import { namesJsonOnly, userOf } from '../web/context.ts';
import { type FormFaults, formErrors } from '../web/form-errors.ts';
import { limitOf, optionalText, parse, textOf } from '../web/validation.ts';
import type { Pages } from '../web/page.ts';
import type { Policy } from '../web/policy.ts';
import { createRoutes, type Routes } from '../web/routes.ts';
import { csvOf, entryJson, entryView, jsonOf } from './audit-views.ts';
import { adminTabs } from './nav.ts';

const PAGE_SIZE = 50;
const outcomes = ['done', 'denied', 'failed'] as const satisfies readonly Outcome[];
const query = z.object({
  person: optionalText(100),
  action: optionalText(100),
  outcome: z.preprocess((value) => (value === '' ? undefined : value), z.enum(outcomes).optional()),
  from: optionalText(10),
  to: optionalText(10),
  cursor: z.string().max(60).optional(),
});

const adminPage: Policy = { who: 'admin', format: 'page' };

declare module '../web/page.ts' {
  interface Views {
    'admin/audit': FormFaults & {
      adminNav: Tab[];
      form: Record<'person' | 'action' | 'outcome' | 'from' | 'to', string>;
      days: number;
      outcomes: readonly Outcome[];
      actions: string[];
      entries: ReturnType<typeof entryView>[];
      csvUrl: string;
      jsonUrl: string;
      newestUrl: string | null;
      nextUrl: string | null;
    };
  }
}

type Deps = {
  audit: Audit;
  accounts: Pick<Accounts, 'people'>;
  pages: Pages;
  calendar: Calendar;
  now: () => number;
};

/** Who did what: as a page, as JSON, and as a file. */
export function adminAuditRoutes({ audit, accounts, pages, calendar, now }: Deps): Routes {
  const routes = createRoutes();

  /** A person is named by name, or by id when the account is gone. @throws AppError `invalid` */
  async function filterOf(req: Request): Promise<Filter & { cursor: string | undefined }> {
    const { person, action, outcome, from, to, cursor } = parse(query, req.query);
    const day = (name: string, date: string | undefined) => {
      if (date === undefined) return undefined;
      const range = calendar.dayRange(userOf(req).timeZone ?? 'UTC', date);
      if (!range) throw invalid(name, 'unknown_value');
      return range;
    };
    return {
      personId: person === undefined ? undefined : await personId(person),
      action,
      outcome,
      cursor,
      from: day('from', from)?.start,
      until: day('to', to)?.end,
    };
  }

  async function personId(person: string): Promise<string> {
    if (isId(person)) return person;
    const found = await accounts.people.getByName(person).catch((error: unknown) => {
      throw isAppError(error, 'not_found') ? invalid('person', 'unknown_person') : error;
    });
    return found.id;
  }

  async function draw(req: Request, res: Response, failed?: AppError): Promise<void> {
    const typedIn = (name: string) => textOf(req.query, name) ?? '';
    const typed = {
      person: typedIn('person'),
      action: typedIn('action'),
      outcome: typedIn('outcome'),
      from: typedIn('from'),
      to: typedIn('to'),
    };
    const chosen = Object.entries(typed).filter(([, value]) => value !== '');
    const link = (path: string, more: Record<string, string>) =>
      `${path}?${new URLSearchParams({ ...Object.fromEntries(chosen), ...more }).toString()}`;
    const { cursor, ...filter } = failed ? { cursor: undefined } : await filterOf(req);
    const found = failed
      ? { entries: [], nextCursor: null }
      : await audit.list(filter, { limit: PAGE_SIZE, cursor });
    const data = {
      adminNav: adminTabs(req.t, 'audit'),
      form: typed,
      days: AUDIT_DAYS,
      outcomes,
      actions: await audit.actions(),
      ...formErrors(req, failed),
      entries: found.entries.map(entryView),
      csvUrl: link('/admin/audit/export', { format: 'csv' }),
      jsonUrl: link('/admin/audit/export', { format: 'json' }),
      newestUrl: cursor === undefined ? null : link('/admin/audit', {}),
      nextUrl: found.nextCursor === null ? null : link('/admin/audit', { cursor: found.nextCursor }),
    };
    const title = req.t('audit.title');
    const status = failed?.status ?? 200;
    await pages.send(req, res, 'admin/audit', data, { title, section: 'admin', status });
  }

  routes.get('/admin/audit', adminPage, async (req, res) => {
    if (namesJsonOnly(req)) {
      const { cursor, ...filter } = await filterOf(req);
      const { entries, nextCursor } = await audit.list(filter, {
        limit: limitOf(req.query, PAGE_SIZE),
        cursor,
      });
      return void res.json({ entries: entries.map(entryJson), next_cursor: nextCursor });
    }
    try {
      await draw(req, res);
    } catch (error) {
      if (!isAppError(error, 'invalid')) throw error;
      await draw(req, res, error);
    }
  });

  routes.get('/admin/audit/export', adminPage, async (req, res) => {
    const { cursor: _cursor, ...filter } = await filterOf(req);
    const isCsv = textOf(req.query, 'format') !== 'json';
    res.type(isCsv ? 'text/csv; charset=utf-8' : 'application/json; charset=utf-8');
    res.attachment(`salon-audit-${utcStamp(now()).date}.${isCsv ? 'csv' : 'json'}`);
    // `attachment` guesses the type by the name.
    res.type(isCsv ? 'text/csv; charset=utf-8' : 'application/json; charset=utf-8');
    if (req.method === 'HEAD') return void res.end();
    await audit.record({ ...auditActorOf(req), action: 'audit.export', outcome: 'done' });
    for await (const text of isCsv ? csvOf(audit.export(filter)) : jsonOf(audit.export(filter))) {
      if (res.closed) return;
      // Of two ends only one comes: the reader took it, or went away.
      if (!res.write(text)) await Promise.race([once(res, 'drain'), once(res, 'close')]);
    }
    res.end();
  });

  return routes;
}
