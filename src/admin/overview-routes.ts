import type { Request } from 'express';
import { sizeText } from '../lib/size.ts';
import { namesJsonOnly } from '../web/context.ts';
import type { Pages } from '../web/page.ts';
import type { Policy } from '../web/policy.ts';
import { createRoutes, type Routes } from '../web/routes.ts';
import type { Admin } from './admin.ts';
import { adminTabs } from './nav.ts';

const adminPage: Policy = { who: 'admin', format: 'page' };

declare module '../web/page.ts' {
  interface Views {
    'admin/index': {
      adminNav: Tab[];
      overview: Pick<Awaited<ReturnType<Admin['overview']>>, 'version' | 'modelServer'>;
      figures: { label: string; value: string; url: string | null }[];
    };
  }
}

/** The overview of the administration. */
export function adminOverviewRoutes({ admin, pages }: { admin: Admin; pages: Pages }): Routes {
  const routes = createRoutes();

  routes.get('/admin', adminPage, async (req, res) => {
    const overview = await admin.overview();
    if (namesJsonOnly(req)) {
      const { modelServer, databaseBytes, imageBytes, freeBytes, ...rest } = overview;
      return void res.json({
        ...rest,
        database_bytes: databaseBytes,
        image_bytes: imageBytes,
        free_bytes: freeBytes,
        model_server: { kind: modelServer.kind, name: modelServer.name },
      });
    }
    const { databaseBytes, imageBytes, freeBytes, people, images } = overview;
    const data = {
      adminNav: adminTabs(req.t, 'overview'),
      overview,
      figures: [
        { label: req.t('admin.people'), value: number(req, people), url: '/admin/people' },
        { label: req.t('admin.images'), value: number(req, images), url: null },
        { label: req.t('admin.database_size'), value: sizeText(req.language, databaseBytes), url: null },
        { label: req.t('admin.images_size'), value: sizeText(req.language, imageBytes), url: null },
        {
          label: req.t('admin.free'),
          value: freeBytes === null ? req.t('admin.not_known') : sizeText(req.language, freeBytes),
          url: null,
        },
      ],
    };
    await pages.send(req, res, 'admin/index', data, { title: req.t('admin.title'), section: 'admin' });
  });

  return routes;
}

const number = (req: Request, value: number) => new Intl.NumberFormat(req.language).format(value);
