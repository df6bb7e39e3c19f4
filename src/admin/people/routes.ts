import type { Request, Response } from 'express';
import { z } from 'zod';
import type { ManagedUser } from '../../accounts/accounts.ts';
import type { Audit } from '../../audit/audit.ts';
import type { AccountDeletion } from '../../account-deletion/account-deletion.ts';
import { AppError, invalid, isAppError } from '../../lib/errors.ts';
import { auditActorOf } from '../../web/audit-actor.ts';
import { namesJsonOnly, userOf, wantsPage } from '../../web/context.ts';
import { limitOf, optionalFlag, optionalWhole, param, parse, textOf } from '../../web/validation.ts';
import { originOf } from '../../web/origin.ts';
import type { Policy } from '../../web/policy.ts';
import { createRoutes, type Routes } from '../../web/routes.ts';
import { createPeoplePages, PAGE_SIZE, searchOf, secretOwner, urlOf, type PageDeps } from './page.ts';
import { changeNames, personJson } from './views.ts';

const newPerson = z.object({ username: z.string().min(1).max(1000) });
const personChange = z.object({
  role: z.enum(['user', 'admin']).optional(),
  suspended: optionalFlag,
  version: optionalWhole(0, Number.MAX_SAFE_INTEGER),
});

const admin: Policy = { who: 'admin' };
const adminPage: Policy = { ...admin, format: 'page' };

type Deps = PageDeps & {
  accountDeletion: Pick<AccountDeletion, 'remove'>;
  audit: Pick<Audit, 'record'>;
};

/** People: who there is, their role and standing, one-time links, the end of an account. Never what they wrote or made. */
export function adminPeopleRoutes(deps: Deps): Routes {
  const { accounts, accountDeletion, audit, oneTimeSecrets, baseUrl } = deps;
  const pages = createPeoplePages(deps);
  const routes = createRoutes();
  const { people, reset } = accounts;

  const objectOf = ({ id, username }: ManagedUser) => ({ kind: 'person', id, name: username });
  const record = (req: Request, action: string, person: ManagedUser, details: Record<string, string> = {}) =>
    audit.record({ ...auditActorOf(req), action, object: objectOf(person), outcome: 'done', details });
  const recordRefusal = (req: Request, action: string, person: ManagedUser) =>
    audit.record({ ...auditActorOf(req), action, object: objectOf(person), outcome: 'denied' });

  /** Does something to the person of the path; a form that fails comes back with the reason. */
  const acting =
    (work: (req: Request, res: Response, person: ManagedUser) => Promise<unknown>) =>
    async (req: Request, res: Response) => {
      const person = await people.get(param(req, 'id'));
      try {
        await work(req, res, person);
      } catch (error) {
        if (isAppError(error, 'last_admin', 'own_account')) await recordRefusal(req, 'person.change', person);
        if (!isAppError(error) || isAppError(error, 'not_found') || !wantsPage(req)) throw error;
        await pages.sendPerson(req, res, error);
      }
    };

  const change = acting(async (req, res, person) => {
    const { role, suspended, version } = parse(personChange, req.body);
    const changed = await people.change(userOf(req), person.id, { role, suspended, version });
    for (const action of changeNames({ role, suspended })) await record(req, action, changed);
    if (wantsPage(req)) return res.redirect(303, `${urlOf(person)}?done=saved`);
    res.json(personJson(changed));
  });

  const remove = acting(async (req, res, person) => {
    if (person.id === userOf(req).id) throw new AppError('own_account');
    const typed = textOf(req.body, 'username');
    // Required in forms only: a program that calls this route means it.
    if ((wantsPage(req) || typed !== undefined) && typed?.normalize('NFC').trim() !== person.username)
      throw invalid('username', 'not_this_name');
    const deletion = await accountDeletion.remove(person.id);
    await record(
      req,
      'person.delete',
      { ...person, username: '' },
      deletion === 'continues' ? { deletion } : {},
    );
    const isDone = deletion === 'deleted';
    if (wantsPage(req))
      return res.redirect(303, `/admin/people?done=${isDone ? 'deleted' : 'being_deleted'}`);
    if (isDone) return void res.status(204).end();
    res.status(202).json({ status: 'being_deleted' });
  });

  const signOut = acting(async (req, res, person) => {
    await people.signOut(person.id);
    await record(req, 'person.sign_out', person);
    if (wantsPage(req)) return res.redirect(303, `${urlOf(person)}?done=signed_out`);
    res.status(204).end();
  });

  async function giveLink(
    req: Request,
    res: Response,
    person: ManagedUser,
    json: object = {},
  ): Promise<void> {
    const { token, expiresAt } = await reset.begin(userOf(req), person.id);
    await record(req, 'person.reset_link', person);
    const path = `/reset/${token}`;
    if (wantsPage(req))
      return res.redirect(303, `${urlOf(person)}?link=${oneTimeSecrets.put(secretOwner(req), path)}`);
    const link = { url: `${originOf(req, baseUrl)}${path}`, expires_at: new Date(expiresAt).toISOString() };
    res.status(201).json({ ...json, ...link });
  }

  routes.get('/admin/people', adminPage, async (req, res) => {
    if (!namesJsonOnly(req)) return pages.sendList(req, res);
    const view = { query: searchOf(req), cursor: textOf(req.query, 'cursor') };
    const found = await people.list({ ...view, limit: limitOf(req.query, PAGE_SIZE) });
    res.json({ people: found.people.map(personJson), next_cursor: found.nextCursor });
  });

  routes.post('/admin/people', admin, async (req: Request, res: Response) => {
    try {
      const person = await people.create(parse(newPerson, req.body));
      await record(req, 'person.create', person);
      await giveLink(req, res, person, { person: personJson(person) });
    } catch (error) {
      if (!isAppError(error, 'invalid', 'username_taken') || !wantsPage(req)) throw error;
      await pages.sendList(req, res, error);
    }
  });

  routes.get('/admin/people/:id', adminPage, async (req, res) => {
    if (!namesJsonOnly(req)) return pages.sendPerson(req, res);
    res.json(personJson(await people.get(param(req, 'id'))));
  });
  routes.post('/admin/people/:id', admin, change);
  routes.patch('/admin/people/:id', admin, change);
  routes.post('/admin/people/:id/sign-out', admin, signOut);
  routes.post(
    '/admin/people/:id/reset',
    // A link to the own password would let a token change it.
    { ...admin, sessionOnly: true },
    acting((req, res, person) => giveLink(req, res, person)),
  );
  routes.post('/admin/people/:id/delete', admin, remove);
  routes.delete('/admin/people/:id', admin, remove);

  return routes;
}
