import type { RequestHandler } from 'express';
import type { PathPolicy, Policy } from './policy.ts';

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';
export type Route = {
  method: Method;
  /** As Express writes it: `/conversations/:id`. */
  path: string;
  policy: Policy;
  handlers: readonly RequestHandler[];
};
/** A path and all below it; `policy` is the default of its routes and holds where it has none. */
export type Area = { path: string; policy: PathPolicy };

type Declare = (path: string | readonly string[], policy: Policy, ...handlers: RequestHandler[]) => void;
export type Routes = ReturnType<typeof createRoutes>;

/**
 * Collects the routes of a feature: `routes.post('/replies/:id/stop', { who: 'user', scope: 'chat' }, handler)`. The policy
 * is enforced by the layers of `web/`, so a handler is only called for who may call it.
 */
export function createRoutes() {
  const routes: Route[] = [];
  const areas: Area[] = [];
  const declare =
    (method: Method): Declare =>
    (paths, policy, ...handlers) => {
      for (const path of [paths].flat()) routes.push({ method, path, policy, handlers });
    };
  return {
    routes: routes as readonly Route[],
    areas: areas as readonly Area[],
    get: declare('get'),
    post: declare('post'),
    put: declare('put'),
    patch: declare('patch'),
    delete: declare('delete'),
    /** Says what holds for `path` and all paths below it. A longer area replaces a shorter one there. */
    area: (path: string, policy: PathPolicy) => void areas.push({ path, policy }),
    /** Takes over the routes and areas of parts of the feature. */
    include(...parts: { routes: readonly Route[]; areas: readonly Area[] }[]): void {
      for (const part of parts) {
        routes.push(...part.routes);
        areas.push(...part.areas);
      }
    },
  };
}
