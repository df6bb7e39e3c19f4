import { STATUS_CODES } from 'node:http';
import { inspect } from 'node:util';
import type { ErrorRequestHandler, Request, Response } from 'express';
import { AppError, type ErrorCode } from '../lib/errors.ts';
import type { Log } from '../platform/log.ts';
import { wantsPage } from './context.ts';
import type { Translate } from './i18n.ts';
import { loggedPath } from './request-log.ts';

export type Problem = {
  type: string;
  title: string;
  status: number | string;
  detail: string;
  code: string;
  request_id: string;
  error: string;
  message: string;
  errors?: { field: string; message: string }[];
};

/** RFC 9457 problem details, with `error` and `message` for older clients. Never a stack, path, SQL or key. */
export function problem(req: Request, error: AppError): Problem {
  const sentence = req.t(`errors.${error.code}`, error.params);
  return {
    type: 'about:blank',
    title: STATUS_CODES[error.status] ?? 'Error',
    status: req.policy.textStatus ? 'error' : error.status,
    detail: sentence,
    code: error.code,
    request_id: req.requestId,
    error: sentence,
    message: sentence,
    ...(error.fields.length > 0 ? { errors: fieldMessages(req.t, error) } : {}),
  };
}

/** The wrong fields with their sentences in the reader's language. */
export function fieldMessages(t: Translate, error: AppError): { field: string; message: string }[] {
  return error.fields.map(({ field, message }) => ({ field, message: t(`fields.${message}`, error.params) }));
}

/** The last handler: page, fragment or JSON by what was asked; an open stream is cut. */
export function handleErrors(options: {
  log: Log;
  renderErrorPage(req: Request, res: Response, error: AppError): void;
  /** The link that helps against an error; scripts of ours put it beside the sentence. */
  errorAction(req: Request, error: AppError): { url: string; label: string } | null;
  /** Told of what a guard refused, for the audit log. */
  refused(req: Request, error: AppError): void;
}): ErrorRequestHandler {
  return (thrown: unknown, req, res, _next) => {
    const error = toAppError(thrown);
    if (isRefusal(req, error)) options.refused(req, error);
    if (error.status >= 500 && !error.code.startsWith('upstream')) logFault(options.log, req, error);
    if (res.headersSent) {
      res.destroy();
      return;
    }
    res.removeHeader('ETag');
    res.setHeader('Cache-Control', 'private, no-store');
    setRetryAfter(res, error);
    res.status(error.status);
    const isFragment = req.headers['x-fragment'] !== undefined;
    if (wantsPage(req) && !isFragment) return options.renderErrorPage(req, res, error);
    const action = isFragment ? options.errorAction(req, error) : null;
    res.json({ ...problem(req, error), ...(action ? { action } : {}) });
  };
}

const refusals: readonly ErrorCode[] = ['forbidden', 'session_needed', 'scope_missing', 'cross_site'];

/** An attempt by somebody without permission. Not being signed in is no attempt, unless an invalid bearer was sent. */
const isRefusal = (req: Request, { code }: AppError) =>
  refusals.includes(code) ||
  // Where tokens are given and taken the route notes by itself what it refuses.
  (code === 'unauthorized' && req.headers.authorization !== undefined && !req.policy.tokens) ||
  // What is not there and what is another person's are the same to us: whoever tries ids leaves a line either way.
  (code === 'not_found' && req.user !== undefined && namesThing(req));

/** True for the path of one thing, such as `/conversations/:id`. */
function namesThing(req: Request): boolean {
  const { path } = (req.route ?? {}) as { path?: string | string[] };
  return [path].flat().some((pattern) => pattern?.includes('/:'));
}

/** For forms that are drawn again: when it makes sense to try again, in seconds. */
export function setRetryAfter(res: Response, failed: AppError | undefined): void {
  if (failed?.retryAfterSeconds !== undefined) res.setHeader('Retry-After', String(failed.retryAfterSeconds));
}

/** How body parsers name what they refuse. */
const codeOfType: Record<string, ErrorCode> = {
  'entity.too.large': 'too_large',
  'parameters.too.many': 'too_large',
  'charset.unsupported': 'unknown_type',
  'encoding.unsupported': 'unknown_type',
};

/** Anything thrown as one of ours; what body parsers and Express throw gets the code that fits. */
export function toAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  const { status, type } = (thrown ?? {}) as { status?: number; type?: string };
  const isClients = status !== undefined && status >= 400 && status < 500;
  const code = codeOfType[type ?? ''] ?? (isClients ? 'bad_request' : 'internal');
  return new AppError(code, { cause: thrown });
}

function logFault(log: Log, req: Request, error: AppError): void {
  const cause = error.cause ?? error;
  log.error('system fault', {
    code: error.code,
    method: req.method,
    path: loggedPath(req),
    request_id: req.requestId,
    cause: cause instanceof Error ? (cause.stack ?? cause.message) : inspect(cause),
  });
}
