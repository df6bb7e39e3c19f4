import { createRoutes, type Routes } from '../web/routes.ts';
import { apiKeyRoutes } from './api-keys/routes.ts';
import { pendingPostRoutes } from './pending-posts/routes.ts';
import { registrationRoutes } from './registration/routes.ts';
import { resetRoutes } from './reset/routes.ts';
import { sessionRoutes } from './sessions/routes.ts';
import { settingsRoutes } from './settings/routes.ts';
import { signInRoutes } from './sign-in/routes.ts';

type Deps = Parameters<typeof signInRoutes>[0] &
  Parameters<typeof registrationRoutes>[0] &
  Parameters<typeof resetRoutes>[0] &
  Parameters<typeof settingsRoutes>[0] &
  Parameters<typeof sessionRoutes>[0] &
  Parameters<typeof apiKeyRoutes>[0];

/** A person's own account: sign-up, sign-in and sign-out, settings, sessions and API keys. */
export function accountRoutes(deps: Deps): Routes {
  const routes = createRoutes();
  routes.include(
    signInRoutes(deps),
    registrationRoutes(deps),
    resetRoutes(deps),
    pendingPostRoutes(deps),
    settingsRoutes(deps),
    sessionRoutes(deps),
    apiKeyRoutes(deps),
  );
  return routes;
}
