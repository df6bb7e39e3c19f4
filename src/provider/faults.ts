import { AppError, type ErrorCode } from '../lib/errors.ts';
import { fieldsOf, isFields, stringIn } from './json.ts';

/** One failed attempt: what the person would be told if it were the last, and whether another attempt makes sense. */
export type Fault = {
  error: AppError;
  retry: boolean;
  /** How long the model server asked us to wait. */
  waitSeconds: number | undefined;
  /** The server runs, and loads the model: it can be waited for longer than for a fault. */
  isLoading?: boolean;
  /** The request may have reached the server, which may have begun to work (and to charge). */
  isSent: boolean;
  status: number | undefined;
  /** The server's own words, for the debug log only (through `redact`). */
  raw: string;
};

export type FaultContext = { model: string; host: string; hasKey: boolean };

export type FailedAnswer = { status: number; header(name: string): string | undefined; body: string };

/** Shown when the server says "too often" and names no time. */
const UNKNOWN_WAIT_SECONDS = 20;
const MAX_SHOWN_SECONDS = 86_400;

/** Sorts an answer with an error status by what the server says first, then by its status. */
export function faultFromAnswer(answer: FailedAnswer, context: FaultContext, now = Date.now()): Fault {
  const { status, body } = answer;
  return faultOf({ error: errorIn(body), status, raw: body }, context, retryAfterSeconds(answer.header, now));
}

/**
 * The error inside an answer that began with 200: an object, a text or a number. Servers that relay others (OpenRouter)
 * give the status of these as `code`.
 */
export function errorInAnswer(error: unknown, context: FaultContext): Fault {
  const raw = typeof error === 'string' ? error : JSON.stringify(error);
  return faultOf({ error, status: statusIn(error), raw }, context, undefined);
}

type Said = { error: unknown; status: number | undefined; raw: string };

function faultOf(
  { error, status, raw }: Said,
  context: FaultContext,
  waitSeconds: number | undefined,
): Fault {
  const isLoading = status === 503 && /loading/i.test(raw.slice(0, 2000));
  const code =
    codeFromError(error) ?? (status === undefined ? 'upstream_failed' : codeFromStatus(status, error));
  const isPassing = code === 'upstream_failed' || code === 'upstream_limited' || code === 'upstream_timeout';
  const retry = isPassing && status !== undefined && (status >= 500 || [408, 409, 429].includes(status));
  const told = upstreamError(code, context, waitSeconds);
  return { error: told, retry, waitSeconds, isLoading, isSent: true, status, raw };
}

/** The connection failed before an answer came. */
export function faultFromNetwork(error: unknown, context: FaultContext): Fault {
  const system = systemError(error);
  const { isConnected } = error as { isConnected?: unknown };
  const isSent =
    typeof isConnected === 'boolean' ? isConnected : !neverSent.has(system.code) && !isTlsCode(system.code);
  const isGarbage = system.code.startsWith('HPE_');
  // Whoever has read the request may have begun to work, and to charge for it: nobody can tell from here.
  const unanswered = isSent ? 'outcome_unknown' : 'upstream_unreachable';
  return {
    error: new AppError(isGarbage ? 'upstream_bad_answer' : unanswered, {
      params: isGarbage || !isSent ? { host: context.host } : {},
      cause: error,
    }),
    retry: !isSent && retriedCodes.has(system.code),
    waitSeconds: undefined,
    isSent,
    status: undefined,
    raw: `${system.code} ${system.message}`,
  };
}

const neverSent = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
]);
/** A name that does not exist, a certificate that does not fit and a silent host stay so: they are not tried again. */
const retriedCodes = new Set([
  'ECONNREFUSED',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ECONNRESET',
  'EPIPE',
]);

const isTlsCode = (code: string) => /CERT|TLS|SSL|SELF_SIGNED|UNABLE_TO_VERIFY/.test(code);

function systemError(error: unknown): { code: string; message: string } {
  const { code, message } = error as { code?: unknown; message?: unknown };
  return { code: typeof code === 'string' ? code : '', message: typeof message === 'string' ? message : '' };
}

function upstreamError(code: ErrorCode, context: FaultContext, waitSeconds: number | undefined): AppError {
  if (code === 'upstream_key_refused' && !context.hasKey) return new AppError('upstream_key_missing');
  if (code === 'upstream_model_missing') return new AppError(code, { params: { model: context.model } });
  if (code === 'upstream_unreachable' || code === 'upstream_bad_answer')
    return new AppError(code, { params: { host: context.host } });
  if (code === 'upstream_limited')
    return new AppError(code, { params: { seconds: shownSeconds(waitSeconds ?? UNKNOWN_WAIT_SECONDS) } });
  return new AppError(code);
}

/** Seconds as a person is told them. */
export const shownSeconds = (seconds: number) => Math.min(MAX_SHOWN_SECONDS, Math.max(1, Math.ceil(seconds)));

/** By the words in `code` and `type`, which are stable; by the message only where servers give no code. */
const byCode: readonly [RegExp, ErrorCode][] = [
  [/insufficient_quota|credit|billing|spend|payment/, 'upstream_no_credit'],
  [/context_length|string_above_max|request_too_large|exceed_context/, 'upstream_too_long'],
  [/moderation|content_policy|content_filter|responsibleai|safety/, 'upstream_filtered'],
  [/model_not_found|invalid_model|model_not_exist|unknown_model/, 'upstream_model_missing'],
  [/unknown_url/, 'upstream_bad_answer'],
  [/permission/, 'upstream_not_allowed'],
  [/invalid_api_key|authentication/, 'upstream_key_refused'],
  [/rate_limit/, 'upstream_limited'],
];
const byMessage: readonly [RegExp, ErrorCode][] = [
  [/credit balance|spend(ing)? limit|billing/i, 'upstream_no_credit'],
  [/context (length|window|size)|maximum context|prompt is too long|too many tokens/i, 'upstream_too_long'],
  [/content (management )?policy|safety system/i, 'upstream_filtered'],
  [/must be verified|(not|no) (permission|access|authori[sz]ed) (to|for)/i, 'upstream_not_allowed'],
  [/\bmodel\b.{0,80}\b(does not exist|not found|not available)|\binvalid model\b/i, 'upstream_model_missing'],
  [/api key (is )?(not valid|invalid)|(invalid|incorrect|wrong) api key/i, 'upstream_key_refused'],
];

function codeFromError(error: unknown): ErrorCode | undefined {
  if (typeof error === 'string') return byMessage.find(([words]) => words.test(error))?.[1];
  const { code, type, message, detail } = fieldsOf(error);
  const names = [code, type]
    .filter((name) => typeof name === 'string')
    .join(' ')
    .toLowerCase();
  const text = (typeof message === 'string' ? message : stringIn(detail)).slice(0, 2000);
  return (
    byCode.find(([pattern]) => pattern.test(names))?.[1] ??
    byMessage.find(([pattern]) => pattern.test(text))?.[1]
  );
}

/** A status that an error names itself, as a number or in digits. */
function statusIn(error: unknown): number | undefined {
  const { code, status, status_code: statusCode } = isFields(error) ? error : { code: error };
  return [code, status, statusCode].map(Number).find((value) => value >= 400 && value <= 599);
}

function codeFromStatus(status: number, error: unknown): ErrorCode {
  if (status === 401 || status === 403) return 'upstream_key_refused';
  if (status === 402) return 'upstream_no_credit';
  // An error in JSON speaks of what was asked for; a page, or a framework's own words, of the address.
  if (status === 404 && hasMessage(error)) return 'upstream_model_missing';
  if (status === 404 || status === 405) return 'upstream_bad_answer';
  if (status === 407) return 'upstream_unreachable';
  if (status === 408 || status === 504) return 'upstream_timeout';
  if (status === 413) return 'upstream_too_long';
  if (status === 429) return 'upstream_limited';
  if (status === 409 || status >= 500) return 'upstream_failed';
  return status >= 400 ? 'upstream_refused' : 'upstream_bad_answer';
}

const hasMessage = (error: unknown) =>
  typeof error === 'string' || typeof fieldsOf(error)['message'] === 'string';

/**
 * The error of a body: what `error` holds, else the whole; also of a list, in which some servers wrap it. Undefined when it
 * is no JSON.
 */
export function errorIn(body: string): unknown {
  try {
    const parsed: unknown = JSON.parse(body);
    const root: unknown = Array.isArray(parsed) ? parsed[0] : parsed;
    return isFields(root) && 'error' in root ? root['error'] : root;
  } catch {
    return undefined;
  }
}

/**
 * The seconds that `retry-after-ms` or `retry-after` (seconds or a date) ask for; nothing when they are missing,
 * negative or junk. A date in the past is 0.
 */
export function retryAfterSeconds(
  header: (name: string) => string | undefined,
  now: number,
): number | undefined {
  const milliseconds = wholeOrFraction(header('retry-after-ms'));
  if (milliseconds !== undefined) return milliseconds / 1000;
  const value = header('retry-after')?.trim();
  const seconds = wholeOrFraction(value);
  if (seconds !== undefined || value === undefined || !/^[a-z]{3}/i.test(value)) return seconds;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, (at - now) / 1000);
}

function wholeOrFraction(value: string | undefined): number | undefined {
  if (value === undefined || !/^\d+(\.\d+)?(e\d{1,3})?$/i.test(value.trim())) return undefined;
  const parsed = Number(value);
  return Number.isFinite(parsed) ? parsed : undefined;
}
