import { createRoutes, type Routes } from '../web/routes.ts';
import { adminAuditRoutes } from './audit-routes.ts';
import { adminBackupRoutes } from './backup-routes.ts';
import { adminKeysRoutes } from './keys-routes.ts';
import { adminLimitsRoutes } from './limits-routes.ts';
import { adminOverviewRoutes } from './overview-routes.ts';
import { adminModelsRoutes } from './models-routes.ts';
import { adminPeopleRoutes } from './people/routes.ts';
import { adminPricesRoutes } from './prices-routes.ts';
import { adminUsageRoutes } from './usage-routes.ts';

type Deps = Parameters<typeof adminOverviewRoutes>[0] &
  Parameters<typeof adminPeopleRoutes>[0] &
  Parameters<typeof adminKeysRoutes>[0] &
  Parameters<typeof adminUsageRoutes>[0] &
  Parameters<typeof adminPricesRoutes>[0] &
  Parameters<typeof adminModelsRoutes>[0] &
  Parameters<typeof adminLimitsRoutes>[0] &
  Parameters<typeof adminAuditRoutes>[0] &
  Parameters<typeof adminBackupRoutes>[0];

/** All pages of the administration. */
export function adminRoutes(deps: Deps): Routes {
  const routes = createRoutes();
  routes.area('/admin', { cors: false });
  routes.include(
    adminOverviewRoutes(deps),
    adminPeopleRoutes(deps),
    adminKeysRoutes(deps),
    adminUsageRoutes(deps),
    adminPricesRoutes(deps),
    adminModelsRoutes(deps),
    adminLimitsRoutes(deps),
    adminAuditRoutes(deps),
    adminBackupRoutes(deps),
  );
  return routes;
}
