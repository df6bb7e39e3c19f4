import type { Request, Response } from 'express';
import type { Audit } from '../../audit/audit.ts';
import { iso } from '../../lib/time.ts';
import { auditActorOf } from '../../web/audit-actor.ts';
import { namesJsonOnly, userOf, wantsPage } from '../../web/context.ts';
import { param } from '../../web/validation.ts';
import type { Policy } from '../../web/policy.ts';
import { createRoutes, type Routes } from '../../web/routes.ts';
import type { Accounts } from '../accounts.ts';
import { describeDevice } from '../device.ts';

const own: Policy = { who: 'user', sessionOnly: true };
const ownPage: Policy = { ...own, format: 'page' };

/** What is signed in, as lists show it: sessions of browsers, and clients with tokens. */
export async function signedIn(accounts: Accounts, req: Request) {
  const { id } = userOf(req);
  const sessions = await accounts.sessions.list(id, req.sessionID);
  const clients = await accounts.tokens.list(id);
  const view = <T extends { userAgent: string | null }>({ userAgent, ...rest }: T) => ({
    ...rest,
    device: deviceText(req, userAgent),
  });
  return {
    sessions: sessions.map(view),
    clients: clients.map((client) => view({ ...client, isThis: false })),
  };
}

export type SignedIn = Awaited<ReturnType<typeof signedIn>>;

/** Sessions and clients of the own account: list, end one, end all others. */
export function sessionRoutes({ accounts, audit }: { accounts: Accounts; audit: Audit }): Routes {
  const routes = createRoutes();

  const answer = (req: Request, res: Response, saved: string) => {
    if (!wantsPage(req)) return void res.status(204).end();
    res.redirect(303, `/settings?saved=${saved}#sessions`);
  };

  const endOne = async (req: Request, res: Response) => {
    const user = userOf(req);
    const id = param(req, 'id');
    // Sessions and clients stand in one list, and their ids are never the same.
    await accounts.endOne(user.id, id);
    const object = { kind: 'session', id };
    await audit.record({ ...auditActorOf(req), action: 'session.end', object, outcome: 'done' });
    answer(req, res, 'session_ended');
  };

  const endOthers = async (req: Request, res: Response) => {
    const user = userOf(req);
    await accounts.endAll(user.id, { keepSessionId: req.sessionID });
    await audit.record({ ...auditActorOf(req), action: 'session.end_others', outcome: 'done' });
    answer(req, res, 'sessions_ended');
  };

  routes.get('/settings/sessions', ownPage, async (req, res) => {
    if (!namesJsonOnly(req)) return res.redirect(302, '/settings#sessions');
    const { sessions, clients } = await signedIn(accounts, req);
    res.json({ sessions: sessions.map(entryJson), clients: clients.map(entryJson) });
  });
  routes.delete('/settings/sessions', own, endOthers);
  routes.post('/settings/sessions/delete', own, endOthers);
  routes.delete('/settings/sessions/:id', own, endOne);
  routes.post('/settings/sessions/:id/delete', own, endOne);

  return routes;
}

type Entry = Awaited<ReturnType<typeof signedIn>>['sessions'][number];

const entryJson = ({ id, device, ip, createdAt, usedAt, isThis }: Entry) => ({
  id,
  device,
  ip,
  current: isThis,
  created_at: iso(createdAt),
  used_at: iso(usedAt),
});

function deviceText({ t }: Request, userAgent: string | null): string {
  const { program, system } = describeDevice(userAgent);
  if (program && system) return t('credentials.device_on', { program, system });
  return program ?? system ?? t('credentials.device_unknown');
}
