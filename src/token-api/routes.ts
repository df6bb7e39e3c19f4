import type { Request, Response } from 'express';
import { z } from 'zod';
import type { Accounts, TokenPair } from '../accounts/accounts.ts';
import type { User } from '../lib/user.ts';
import type { Audit, NewEntry } from '../audit/audit.ts';
import { AppError, isAppError, type ErrorCode } from '../lib/errors.ts';
import type { Log } from '../platform/log.ts';
import { auditActorOf } from '../web/audit-actor.ts';
import { userOf, userJson } from '../web/context.ts';
import { bearerOf } from '../web/authenticate.ts';
import { check, optionalText, parse, textOf } from '../web/validation.ts';
import type { Policy } from '../web/policy.ts';
import { createRoutes, type Routes } from '../web/routes.ts';
import { deviceOf } from '../web/session.ts';

/** The rules of names and passwords give the reason; the body limit stands before them. */
const registration = z.object({
  username: z.string().min(1),
  password: z.string().min(1),
  registration_key: optionalText(1000),
});
/** Longer than any name or password can be: not worth a hash. */
const signIn = z.object({
  username: z.string().min(1).max(10_000),
  password: z.string().min(1).max(10_000),
});

const token: Policy = { who: 'anyone', tokens: true };

type Deps = { accounts: Accounts; audit: Audit; log: Log };
type Note = Pick<NewEntry, 'action' | 'outcome' | 'object' | 'details'>;

/** What goes into the audit log; a name that is taken or a password that is too short does not. */
const denials: ErrorCode[] = [
  ...(['wrong_credentials', 'limited'] as const),
  ...(['registration_key_invalid', 'registration_closed'] as const),
];

/**
 * Sign-up, sign-in, refresh and sign-out for programs, by tokens in the body; and `/api/me`, who is signed in. Where
 * tokens are given no cookie is read or set, and an expired token in the header does not prevent getting a new one.
 */
export function tokenApiRoutes({ accounts, audit, log }: Deps): Routes {
  const routes = createRoutes();
  routes.area('/api', { format: 'json' });
  routes.area('/api/docs', {});
  routes.area('/v1', { format: 'json' });

  /** The person is known by what the body held, not by the credentials of the request. */
  const note = (req: Request, actor: { id: string; username: string } | null, entry: Note) =>
    audit.record({ ...auditActorOf(req), actor, authMethod: actor ? 'token' : 'none', ...entry });
  const noteDenied = (req: Request, action: string) => async (error: unknown) => {
    if (isAppError(error, ...denials)) {
      const object = await accounts.people.attempted(textOf(req.body, 'username') ?? '');
      await note(req, null, { action, object, outcome: 'denied', details: { code: error.code } });
    }
    throw error;
  };
  const family = (id: string) => ({ kind: 'client', id });

  async function enter(req: Request, res: Response, status: number, user: User): Promise<void> {
    const { familyId, pair } = await accounts.tokens.issue(user.id, deviceOf(req));
    log.info('client signed in', { user: user.id, family: familyId, request_id: req.requestId });
    await note(req, user, { action: 'account.sign_in', outcome: 'done', object: family(familyId) });
    res.status(status).json({ user: userJson(user), ...pairJson(pair) });
  }

  routes.post('/api/register', token, async (req, res) => {
    const { username, password, registration_key: registrationKey } = parse(registration, req.body);
    const input = { username, password, registrationKey, ip: req.ip ?? '' };
    const user = await accounts.register(input).catch(noteDenied(req, 'account.register'));
    log.info('account created', { user: user.id, role: user.role, request_id: req.requestId });
    await note(req, user, { action: 'account.register', outcome: 'done' });
    await enter(req, res, 201, user);
  });

  routes.post('/api/login', token, async (req, res) => {
    const input = check(signIn, req.body);
    // Wrong types and empty fields are wrong credentials like any others.
    if (!input.ok) throw new AppError('wrong_credentials');
    const credentials = { ...input.value, ip: req.ip ?? '' };
    const user = await accounts.signIn(credentials).catch(noteDenied(req, 'account.sign_in'));
    await enter(req, res, 200, user);
  });

  routes.post('/api/refresh', token, async (req, res) => {
    const refreshed = await accounts.tokens.refresh(refreshTokenOf(req) ?? '', deviceOf(req));
    if (refreshed.outcome === 'rotated') return void res.json(pairJson(refreshed.pair));
    if (refreshed.outcome === 'reused') {
      const { userId, familyId } = refreshed;
      log.warn('refresh token used again', { user: userId, family: familyId, request_id: req.requestId });
      const user = (await accounts.find(userId)) ?? null;
      await note(req, user, { action: 'token.reuse', outcome: 'denied', object: family(familyId) });
    } else await note(req, null, { action: 'token.refresh', outcome: 'denied' });
    throw refused(res);
  });

  routes.post('/api/logout', token, async (req, res) => {
    const found = await familyToEnd(req);
    if (!found) {
      await note(req, null, { action: 'account.sign_out', outcome: 'denied' });
      throw refused(res);
    }
    const { userId, familyId } = found;
    await accounts.tokens.end(userId, familyId);
    log.info('client signed out', { user: userId, family: familyId, request_id: req.requestId });
    const user = (await accounts.find(userId)) ?? null;
    await note(req, user, { action: 'account.sign_out', outcome: 'done', object: family(familyId) });
    res.status(204).end();
  });

  routes.get('/api/me', { who: 'user' }, (req, res) => void res.json({ user: userJson(userOf(req)) }));

  /** By the refresh token, which may be old enough for its access token to have run out, else by the access token. */
  async function familyToEnd(req: Request) {
    const refreshToken = refreshTokenOf(req);
    const found = refreshToken === undefined ? undefined : await accounts.tokens.findByRefresh(refreshToken);
    const bearer = bearerOf(req);
    return found ?? (bearer === undefined ? undefined : await accounts.tokens.find(bearer));
  }

  return routes;
}

const refreshTokenOf = (req: Request) => textOf(req.body, 'refresh_token') ?? bearerOf(req);

function refused(res: Response): AppError {
  res.setHeader('WWW-Authenticate', 'Bearer error="invalid_token"');
  return new AppError('unauthorized');
}

const pairJson = ({ accessToken, refreshToken, expiresInSeconds }: TokenPair) => ({
  access_token: accessToken,
  refresh_token: refreshToken,
  token_type: 'Bearer',
  expires_in: expiresInSeconds,
});
