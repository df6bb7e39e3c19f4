import type { Calendar } from '../lib/time.ts';
import { userOf, namesJsonOnly } from '../web/context.ts';
import type { Pages, Tab } from '../web/page.ts';
import { createRoutes, type Routes } from '../web/routes.ts';
import { monthOf } from './period.ts';
import type { Storage, Usage } from './usage.ts';
import {
  storageJson,
  storageView,
  sumsJson,
  sumsView,
  type StorageView,
  type SumsRow,
  type SumsView,
} from './views.ts';

declare module '../web/page.ts' {
  interface Views {
    'settings/usage': {
      settingsNav: Tab[];
      month: string;
      total: SumsView;
      hasCalls: boolean;
      rows: SumsRow[];
      storage: StorageView;
    };
  }
}

type Tabs = (t: (key: string) => string, current: string) => Tab[];
type Deps = {
  usage: Usage;
  files: { storage(ownerId: string): Promise<Storage> };
  pages: Pages;
  settingsTabs: Tabs;
  calendar: Calendar;
  now: () => number;
};

/** Everybody's own usage: this month's calls by model, and the room that their files take. */
export function usageRoutes({ usage, files, pages, settingsTabs, calendar, now }: Deps): Routes {
  const routes = createRoutes();

  routes.get('/settings/usage', { who: 'user', format: 'page' }, async (req, res) => {
    const { id, timeZone } = userOf(req);
    const month = monthOf({ calendar, zone: timeZone ?? 'UTC', now: now() });
    const { total, groups } = await usage.reports.own(id, month);
    const storage = await files.storage(id);
    if (namesJsonOnly(req))
      return void res.json({
        from: month.firstDay,
        to: month.lastDay,
        total: sumsJson(total),
        models: groups.map((sums) => ({ model: sums.key, ...sumsJson(sums) })),
        storage: storageJson(storage),
      });
    const data = {
      settingsNav: settingsTabs(req.t, 'usage'),
      month: new Intl.DateTimeFormat(req.language, {
        month: 'long',
        year: 'numeric',
        timeZone: 'UTC',
      }).format(Date.parse(`${month.firstDay}T12:00:00Z`)),
      total: sumsView(req.language, total),
      hasCalls: total.calls > 0,
      rows: groups.map((sums) => ({ label: sums.key, url: null, ...sumsView(req.language, sums) })),
      storage: storageView(req.language, storage),
    };
    const title = req.t('usage.own_title');
    await pages.send(req, res, 'settings/usage', data, { title, section: 'settings' });
  });

  return routes;
}
