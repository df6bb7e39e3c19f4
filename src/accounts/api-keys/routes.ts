import type { Request, Response } from 'express';
import { z } from 'zod';
import type { Audit } from '../../audit/audit.ts';
import { isAppError, type AppError } from '../../lib/errors.ts';
import { iso } from '../../lib/time.ts';
import { auditActorOf } from '../../web/audit-actor.ts';
import { namesJsonOnly, userOf, wantsPage } from '../../web/context.ts';
import { type FormFaults, formErrors, successNotice } from '../../web/form-errors.ts';
import type { OneTimeSecrets } from '../../web/one-time-secrets.ts';
import { optionalText, param, parse, textOf } from '../../web/validation.ts';
import type { Notice, Pages } from '../../web/page.ts';
import type { Policy } from '../../web/policy.ts';
import { createRoutes, type Routes } from '../../web/routes.ts';
import type { Accounts } from '../accounts.ts';
import { MAX_KEY_NAME, scopes, type ApiKey, type Scope } from './api-keys.ts';
import { settingsTabs } from '../settings/tabs.ts';

const newKey = z.object({
  name: z.string().max(MAX_KEY_NAME),
  /** JSON names a list, a form one value for each box that is ticked. */
  scopes: z.preprocess(
    (value) => (typeof value === 'string' ? value.split(/\s+/).filter(Boolean) : (value ?? undefined)),
    z.array(z.enum(scopes)).max(20).optional(),
  ),
  expires_at: optionalText(40),
});

const own: Policy = { who: 'user', sessionOnly: true };
const ownPage: Policy = { ...own, format: 'page' };

declare module '../../web/page.ts' {
  interface Views {
    'settings/keys': FormFaults & {
      settingsNav: Tab[];
      keys: (ApiKey & { isOver: boolean })[];
      /** The key that was just made; shown this once. */
      made: string | null;
      form: { name: string; expires_at: string };
      scopes: { scope: Scope; ticked: boolean }[];
      maxName: number;
    };
  }
}

type Deps = { accounts: Accounts; audit: Audit; pages: Pages; oneTimeSecrets: OneTimeSecrets };

/** Personal API keys: list, make, delete. */
export function apiKeyRoutes({ accounts, audit, pages, oneTimeSecrets }: Deps): Routes {
  const routes = createRoutes();
  const sessionOf = (req: Request) => req.credential?.id ?? '';

  async function draw(req: Request, res: Response, failed?: AppError): Promise<void> {
    const keys = await accounts.apiKeys.list(userOf(req).id);
    const body: unknown = failed ? req.body : undefined;
    const ticked = failed ? valuesOf(body, 'scopes') : ['chat', 'images'];
    const data = {
      settingsNav: settingsTabs(req.t, 'keys'),
      keys: keys.map((key) => ({ ...key, isOver: key.expiresAt !== null && key.expiresAt <= Date.now() })),
      made: oneTimeSecrets.take(sessionOf(req), textOf(req.query, 'made')) ?? null,
      form: { name: textOf(body, 'name') ?? '', expires_at: textOf(body, 'expires_at') ?? '' },
      scopes: scopes.map((scope) => ({ scope, ticked: ticked.includes(scope) })),
      maxName: MAX_KEY_NAME,
      ...formErrors(req, failed),
    };
    await pages.send(req, res, 'settings/keys', data, {
      title: req.t('credentials.keys_title'),
      section: 'settings',
      status: failed?.status ?? 200,
      notice: failed ? null : noticeOf(req),
    });
  }

  routes.get('/settings/keys', ownPage, async (req, res) => {
    if (!namesJsonOnly(req)) return draw(req, res);
    res.json({ keys: (await accounts.apiKeys.list(userOf(req).id)).map(keyJson) });
  });

  routes.post('/settings/keys', own, async (req, res) => {
    try {
      const user = userOf(req);
      const { name, scopes: asked, expires_at: expiresAt } = parse(newKey, req.body);
      // A form in which no box is ticked means none; the default is for programs that do not say.
      const granted = asked ?? (wantsPage(req) ? [] : undefined);
      const input = { name, scopes: granted, expiresAt, zone: user.timeZone ?? 'UTC' };
      const { apiKey, key } = await accounts.apiKeys.create(user.id, input);
      const object = { kind: 'key', id: apiKey.id, name: apiKey.name };
      const details = { scopes: apiKey.scopes.join(' ') };
      await audit.record({ ...auditActorOf(req), action: 'key.create', object, outcome: 'done', details });
      if (wantsPage(req))
        return res.redirect(303, `/settings/keys?made=${oneTimeSecrets.put(sessionOf(req), key)}`);
      res.status(201).json({ ...keyJson(apiKey), key });
    } catch (error) {
      if (!isAppError(error) || !wantsPage(req)) throw error;
      await draw(req, res, error);
    }
  });

  const remove = async (req: Request, res: Response) => {
    const user = userOf(req);
    const id = param(req, 'id');
    const { name } = await accounts.apiKeys.get(user.id, id);
    await accounts.apiKeys.remove(user.id, id);
    const object = { kind: 'key', id, name };
    await audit.record({ ...auditActorOf(req), action: 'key.delete', object, outcome: 'done' });
    if (wantsPage(req)) return res.redirect(303, '/settings/keys?deleted=1');
    res.status(204).end();
  };
  routes.delete('/settings/keys/:id', own, remove);
  routes.post('/settings/keys/:id/delete', own, remove);

  return routes;
}

/** A field of a form that may come once, several times or not at all. */
const valuesOf = (body: unknown, name: string): unknown[] =>
  [(body as Record<string, unknown> | undefined)?.[name] ?? []].flat();

const keyJson = ({ id, name, hint, scopes: granted, createdAt, expiresAt, usedAt }: ApiKey) => ({
  id,
  name,
  hint,
  scopes: granted,
  created_at: iso(createdAt),
  expires_at: expiresAt === null ? null : iso(expiresAt),
  last_used_at: usedAt === null ? null : iso(usedAt),
});

function noticeOf(req: Request): Notice | null {
  return successNotice(req, textOf(req.query, 'deleted') === '1' ? 'credentials.key_deleted' : undefined);
}
