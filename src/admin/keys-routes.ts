import express, { type Request, type RequestHandler, type Response } from 'express';
import multer, { MulterError } from 'multer';
import { z } from 'zod';
import { MAX_KEY_FILE_BYTES, MAX_KEY_USES, MAX_KEYS_AT_ONCE, type Accounts } from '../accounts/accounts.ts';
import type { Audit } from '../audit/audit.ts';
import { AppError, isAppError } from '../lib/errors.ts';
import { auditActorOf } from '../web/audit-actor.ts';
import { namesJsonOnly, userOf, wantsPage } from '../web/context.ts';
import { type FormFaults, formErrors, successNotice } from '../web/form-errors.ts';
import type { OneTimeSecrets } from '../web/one-time-secrets.ts';
import { limitOf, optionalText, optionalWhole, param, parse, textOf } from '../web/validation.ts';
import { originOf } from '../web/origin.ts';
import type { Notice, Pages } from '../web/page.ts';
import type { Policy } from '../web/policy.ts';
import { createRoutes, type Routes } from '../web/routes.ts';
import { keyJson, keyView, readMade, type Made } from './keys-views.ts';
import { adminTabs } from './nav.ts';

const PAGE_SIZE = 50;
const order = z.object({
  count: optionalWhole(1, MAX_KEYS_AT_ONCE),
  max_uses: optionalWhole(1, MAX_KEY_USES),
  expires_at: optionalText(40),
  note: optionalText(200),
});

/** What surrounds a file in a form. */
const MAX_FORM_FRAME_BYTES = 64 * 1024;
const keyFile: Policy = {
  who: 'admin',
  body: {
    types: ['text/plain', 'multipart/form-data'],
    maxBytes: MAX_KEY_FILE_BYTES + MAX_FORM_FRAME_BYTES,
  },
};

const admin: Policy = { who: 'admin' };
const adminPage: Policy = { ...admin, format: 'page' };

declare module '../web/page.ts' {
  interface Views {
    'admin/keys': FormFaults &
      ReturnType<typeof readMade> & {
        adminNav: Tab[];
        mode: Awaited<ReturnType<Accounts['registration']['mode']>>;
        keys: ReturnType<typeof keyView>[];
        nextUrl: string | null;
        form: Record<'count' | 'max_uses' | 'expires_at' | 'note', string>;
        most: { count: number; uses: number };
      };
  }
}

type Deps = {
  accounts: Accounts;
  audit: Pick<Audit, 'record'>;
  pages: Pages;
  oneTimeSecrets: OneTimeSecrets;
  baseUrl: string | undefined;
};

/** Registration keys: list, make, load from a file, revoke. A key is shown once, when it is made. */
export function adminKeysRoutes({ accounts, audit, pages, oneTimeSecrets, baseUrl }: Deps): Routes {
  const routes = createRoutes();
  const { registrationKeys } = accounts;
  const owner = (req: Request) => req.credential?.id ?? '';
  const record = (req: Request, action: string, details: Record<string, string | number>) =>
    audit.record({ ...auditActorOf(req), action, outcome: 'done', details });

  async function draw(req: Request, res: Response, failed?: AppError): Promise<void> {
    const cursor = textOf(req.query, 'cursor');
    const { keys, nextCursor } = await registrationKeys.list({ limit: PAGE_SIZE, cursor });
    const typed = (name: string, other: string) => (failed ? textOf(req.body, name) : undefined) ?? other;
    const data = {
      adminNav: adminTabs(req.t, 'keys'),
      mode: await accounts.registration.mode(),
      ...readMade(oneTimeSecrets.take(owner(req), textOf(req.query, 'made')), originOf(req, baseUrl)),
      keys: keys.map(keyView),
      nextUrl: nextCursor && `/admin/keys?cursor=${nextCursor}`,
      form: {
        count: typed('count', '1'),
        max_uses: typed('max_uses', '1'),
        expires_at: typed('expires_at', ''),
        note: typed('note', ''),
      },
      most: { count: MAX_KEYS_AT_ONCE, uses: MAX_KEY_USES },
      ...formErrors(req, failed),
    };
    await pages.send(req, res, 'admin/keys', data, {
      title: req.t('admin.nav.keys'),
      section: 'admin',
      status: failed?.status ?? 200,
      notice: failed ? null : noticeOf(req),
    });
  }

  /** A form that fails comes back with what was typed; what it made is shown once on the page after it. */
  const onPage = (work: (req: Request) => Promise<Made>) => async (req: Request, res: Response) => {
    try {
      const made = await work(req);
      res.redirect(303, `/admin/keys?made=${oneTimeSecrets.put(owner(req), JSON.stringify(made))}`);
    } catch (error) {
      if (!isAppError(error)) throw error;
      await draw(req, res, error);
    }
  };

  async function generate(req: Request) {
    const { count = 1, max_uses: maxUses = 1, expires_at: expiresAt, note } = parse(order, req.body);
    const actor = userOf(req);
    const zone = actor.timeZone ?? 'UTC';
    const keys = await registrationKeys.generate(actor, { count, maxUses, expiresAt, note, zone });
    await record(req, 'registration_key.create', { count, max_uses: maxUses });
    return { keys };
  }

  async function load(req: Request) {
    const text = textIn(req);
    const actor = userOf(req);
    const found = await (text === undefined
      ? registrationKeys.loadFile(actor)
      : registrationKeys.load(actor, text));
    const { loaded, skipped } = found;
    const errors = found.errors.map(({ line, message }) => ({ line, message: req.t(`fields.${message}`) }));
    await record(req, 'registration_key.load', { loaded, skipped, errors: errors.length });
    return { loaded, skipped, errors };
  }

  routes.get('/admin/keys', adminPage, async (req, res) => {
    if (!namesJsonOnly(req)) return draw(req, res);
    const view = { limit: limitOf(req.query, PAGE_SIZE), cursor: textOf(req.query, 'cursor') };
    const { keys, nextCursor } = await registrationKeys.list(view);
    res.json({ keys: keys.map(keyJson), next_cursor: nextCursor });
  });
  routes.post('/api/admin/keys/generate', admin, async (req: Request, res: Response) => {
    res.status(201).json(await generate(req));
  });
  routes.post('/api/admin/keys/load', keyFile, readKeyFile, async (req: Request, res: Response) => {
    res.json(await load(req));
  });
  routes.post('/admin/keys', admin, async (req, res) => {
    if (wantsPage(req)) return onPage(generate)(req, res);
    res.status(201).json(await generate(req));
  });
  routes.post('/admin/keys/load', keyFile, readKeyFile, async (req, res) => {
    if (wantsPage(req)) return onPage(load)(req, res);
    res.json(await load(req));
  });

  const revoke = async (req: Request, res: Response) => {
    const key = await registrationKeys.revoke(param(req, 'id'));
    await record(req, 'registration_key.revoke', { key: key.id, hint: key.hint });
    if (wantsPage(req)) return res.redirect(303, '/admin/keys?revoked=1');
    res.json(keyJson(key));
  };
  routes.post('/admin/keys/:id/revoke', admin, revoke);
  routes.post('/admin/keys/:id/delete', admin, revoke);
  routes.delete('/admin/keys/:id', admin, revoke);

  return routes;
}

const upload = multer({
  storage: multer.memoryStorage(),
  limits: { fileSize: MAX_KEY_FILE_BYTES, files: 1, fields: 5 },
}).single('file');
const text = express.text({ type: 'text/plain', limit: MAX_KEY_FILE_BYTES });

/** A text file as such or in a form; the file of a form is held in memory, being small. */
const readKeyFile: RequestHandler = (req, res, next) => {
  if (!req.is('multipart')) return text(req, res, next);
  upload(req, res, (error: unknown) => {
    if (error instanceof MulterError)
      return next(new AppError(error.code === 'LIMIT_FILE_SIZE' ? 'too_large' : 'bad_request'));
    // What is left is a body that is no form: cut off, or without its boundary.
    next(error === undefined ? undefined : new AppError('bad_request', { cause: error }));
  });
};

/** The text that was sent; undefined when nothing was, so that the file in DATA_DIR is meant. */
function textIn(req: Request): string | undefined {
  if (req.is('multipart')) {
    const file = (req as { file?: { buffer: Buffer } }).file;
    // A browser sends an empty file for a field that was left empty.
    return file && file.buffer.length > 0 ? file.buffer.toString('utf8') : undefined;
  }
  return typeof req.body === 'string' && req.body !== '' ? req.body : undefined;
}

function noticeOf(req: Request): Notice | null {
  return successNotice(req, textOf(req.query, 'revoked') === '1' ? 'registration.revoked' : undefined);
}
