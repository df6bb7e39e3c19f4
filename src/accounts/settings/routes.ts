import type { Request, Response } from 'express';
import { z } from 'zod';
import type { Audit } from '../../audit/audit.ts';
import { AppError, isAppError } from '../../lib/errors.ts';
import { auditActorOf } from '../../web/audit-actor.ts';
import { namesJsonOnly, userOf, wantsPage, type User } from '../../web/context.ts';
import { type FormFaults, formErrors, successNotice } from '../../web/form-errors.ts';
import { optionalFlag, parse, textOf } from '../../web/validation.ts';
import type { Notice, Pages } from '../../web/page.ts';
import type { Policy } from '../../web/policy.ts';
import { createRoutes, type Routes } from '../../web/routes.ts';
import { languages, themes } from '../../lib/user.ts';
import { type Accounts } from '../accounts.ts';
import { signedIn, type SignedIn } from '../sessions/routes.ts';
import { settingsTabs } from './tabs.ts';

const preferences = z.object({
  language: z
    .union([z.enum(languages), z.literal('')])
    .nullish()
    .transform((value) => (value === '' ? null : value)),
  theme: z.enum(themes).optional(),
  time_zone: z
    .string()
    .max(100)
    .optional()
    .transform((value) => (value === '' ? undefined : value)),
  automatic_titles: optionalFlag,
});
const passwordChange = z.object({
  current_password: z.string().min(1).max(10_000),
  password: z.string().min(1).max(10_000),
  password_confirmation: z.string().max(10_000).optional(),
  end_api_keys: optionalFlag,
});

const own: Policy = { who: 'user', sessionOnly: true };
const ownPage: Policy = { ...own, format: 'page' };

declare module '../../web/page.ts' {
  interface Views {
    'settings/index': FormFaults &
      SignedIn & {
        settingsNav: Tab[];
        form: {
          language: string;
          theme: string;
          time_zone: string;
          automatic_titles: boolean;
          end_api_keys: boolean;
        };
        zones: string[];
      };
  }
}

type Deps = { accounts: Accounts; audit: Audit; pages: Pages };

/** Own account: language, theme, time zone, password. */
export function settingsRoutes({ accounts, audit, pages }: Deps): Routes {
  const routes = createRoutes();
  routes.area('/settings', { cors: false });

  async function draw(req: Request, res: Response, failed?: AppError): Promise<void> {
    const user = userOf(req);
    const typed = (name: string, stored: string) => (failed ? (textOf(req.body, name) ?? stored) : stored);
    const data = {
      ...(await signedIn(accounts, req)),
      settingsNav: settingsTabs(req.t),
      form: {
        language: typed('language', user.language ?? ''),
        theme: typed('theme', user.theme),
        time_zone: typed('time_zone', user.timeZone ?? ''),
        automatic_titles: user.automaticTitles,
        end_api_keys: failed !== undefined && textOf(req.body, 'end_api_keys') !== undefined,
      },
      zones: Intl.supportedValuesOf('timeZone'),
      ...formErrors(req, failed),
    };
    await pages.send(req, res, 'settings/index', data, {
      title: req.t('settings.title'),
      section: 'settings',
      status: failed?.status ?? 200,
      notice: failed ? null : noticeOf(req),
    });
  }

  /** Runs a change; a form that fails comes back with what was typed. */
  const changing =
    (work: (req: Request) => Promise<User>, saved: string) => async (req: Request, res: Response) => {
      try {
        const user = await work(req);
        if (wantsPage(req)) return res.redirect(303, `/settings?saved=${saved}`);
        res.json(settingsJson(user));
      } catch (error) {
        if (!isAppError(error) || !wantsPage(req)) throw error;
        await draw(req, res, error);
      }
    };

  const changePreferences = changing(async (req) => {
    const {
      time_zone: timeZone,
      automatic_titles: automaticTitles,
      ...others
    } = parse(preferences, req.body);
    return accounts.changePreferences(userOf(req), { ...others, timeZone, automaticTitles });
  }, 'settings');

  const changePassword = changing(async (req) => {
    const input = parse(passwordChange, req.body);
    if (input.password_confirmation !== undefined && input.password_confirmation !== input.password)
      throw new AppError('invalid', { fields: [{ field: 'password_confirmation', message: 'mismatch' }] });
    const user = userOf(req);
    const change = {
      current: input.current_password,
      next: input.password,
      endApiKeys: input.end_api_keys,
      sessionId: req.sessionID,
      ip: req.ip ?? '',
    };
    await accounts.changePassword(user, change).catch(async (error: unknown) => {
      if (isAttempt(error))
        await audit.record({ ...auditActorOf(req), action: 'account.password', outcome: 'denied' });
      throw error;
    });
    await audit.record({ ...auditActorOf(req), action: 'account.password', outcome: 'done' });
    // A new id for this session too; signing in again makes one.
    await new Promise<void>((resolve, reject) =>
      req.logIn(user, (error?: Error) => (error ? reject(error) : resolve())),
    );
    return user;
  }, 'password');

  routes.get('/settings', ownPage, async (req, res) => {
    if (!namesJsonOnly(req)) return draw(req, res);
    res.json(settingsJson(userOf(req)));
  });
  routes.post('/settings', own, changePreferences);
  routes.patch('/settings', own, changePreferences);
  routes.post('/settings/password', own, changePassword);

  return routes;
}

/** True for somebody at an open session who does not know its password; not for a new one that is too short. */
const isAttempt = (error: unknown) =>
  isAppError(error, 'limited') ||
  (isAppError(error, 'invalid') && error.fields.some(({ field }) => field === 'current_password'));

function settingsJson(user: User) {
  return {
    username: user.username,
    language: user.language,
    theme: user.theme,
    time_zone: user.timeZone,
    automatic_titles: user.automaticTitles,
  };
}

/** What happened, by the `?saved=` of the URL that a form leads to. */
const sentences = new Map([
  ['settings', 'settings.saved'],
  ['password', 'settings.password_changed'],
  ['session_ended', 'credentials.session_ended'],
  ['sessions_ended', 'credentials.sessions_ended'],
]);

function noticeOf(req: Request): Notice | null {
  return successNotice(req, sentences.get(textOf(req.query, 'saved') ?? ''));
}
