import type { Request } from 'express';
import type { AppError } from '../lib/errors.ts';

/** Who asks and from where, as the audit log notes it. */
export function auditActorOf(req: Request) {
  return {
    actor: req.user ? { id: req.user.id, username: req.user.username } : null,
    authMethod: req.credential?.kind ?? ('none' as const),
    ip: req.ip,
    requestId: req.requestId,
  };
}

type Refusal = ReturnType<typeof auditActorOf> & {
  action: string;
  object: { kind: string; id: string };
  outcome: 'denied';
};

/** Gives the audit log what guards refused: `access.<code>` on the route, named by its pattern where it has one. */
export function refusalRecorder(audit: { record(entry: Refusal): Promise<void> }) {
  return (req: Request, { code }: AppError): void => {
    const object = { kind: 'route', id: `${req.method} ${patternOf(req)}` };
    void audit.record({ ...auditActorOf(req), action: `access.${code}`, object, outcome: 'denied' });
  };
}

/** Of a path without a route (so far) only the first part: what follows may be an id, or a link's secret. */
function patternOf(req: Request): string {
  const { path } = (req.route ?? {}) as { path?: string | string[] };
  return [path].flat()[0] ?? `/${req.path.split('/')[1] ?? ''}`;
}
