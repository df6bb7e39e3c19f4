import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../lib/errors.ts';
import type { Fields, Log } from '../platform/log.ts';
import { shownSeconds, type Fault } from './faults.ts';
import type { Waiting } from './provider.ts';
import { redact } from './redact.ts';

export type Attempt<T> = { value: T } | { fault: Fault };

/** A person never waits longer than this for retries, all of one call together. */
export const MAX_WAIT_SECONDS = 20;

/** A server that loads its model is asked again this often, for as long as a first piece may take. */
const LOADING_SECONDS = 2;
const FIRST_BACKOFF_SECONDS = 0.5;
const LONGEST_BACKOFF_SECONDS = 8;

export type Retries = {
  maxRetries: number;
  /** How long a server may load its model. */
  firstPieceSeconds: number;
  signal: AbortSignal;
  log: Log;
  /** The key, so that it is kept out of the log. */
  apiKey: string | undefined;
  /** Goes into each log line. */
  fields: Fields;
  onWaiting?: ((waiting: Waiting) => void) | undefined;
};

/**
 * Calls `attempt` until it gives a value, a fault that another attempt cannot cure, or `maxRetries` are used up. Waits
 * what the server asks for, else about 0.5, 1, 2, 4, 8 s with jitter; together at most 20 s. A
 * server that loads its model is waited for, which counts as no try.
 * @throws AppError of the last fault, `upstream_limited` when the wait would be too long; when aborted `signal.reason`
 */
export async function withRetries<T>(options: Retries, attempt: () => Promise<Attempt<T>>): Promise<T> {
  const begun = performance.now();
  let waited = 0;
  for (let tries = 1; ; tries++) {
    options.signal.throwIfAborted();
    const result = await attempt();
    if ('value' in result) return result.value;
    const { fault } = result;
    reportFault(options, options.fields, fault);
    if (!fault.retry) throw fault.error;
    if (fault.isLoading && performance.now() - begun < options.firstPieceSeconds * 1000) {
      options.onWaiting?.({ reason: 'loading' });
      await pause(LOADING_SECONDS, options.signal);
      tries -= 1;
      continue;
    }
    const seconds = waitSeconds(fault, tries);
    if (waited + seconds > MAX_WAIT_SECONDS) throw tooLong(fault, seconds);
    if (tries > options.maxRetries) throw fault.error;
    await wait(options, fault.error, seconds, tries);
    waited += seconds;
  }
}

function waitSeconds(fault: Fault, tries: number): number {
  const backoff = Math.min(LONGEST_BACKOFF_SECONDS, FIRST_BACKOFF_SECONDS * 2 ** (tries - 1));
  // Jitter of a quarter keeps many callers from coming back in the same moment.
  return Math.max(fault.waitSeconds ?? 0, backoff * (0.75 + Math.random() * 0.25));
}

function tooLong(fault: Fault, seconds: number): AppError {
  if (fault.waitSeconds === undefined) return fault.error;
  const params = { seconds: shownSeconds(seconds) };
  return new AppError('upstream_limited', { params, cause: fault.error });
}

async function wait(options: Retries, error: AppError, seconds: number, attempt: number): Promise<void> {
  options.log.warn('retry of a call to the model server', {
    ...options.fields,
    code: error.code,
    attempt,
    seconds,
  });
  options.onWaiting?.({
    reason: error.code === 'upstream_limited' ? 'limited' : 'retry',
    seconds: Math.max(1, Math.round(seconds)),
    attempt,
  });
  await pause(seconds, options.signal);
}

async function pause(seconds: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(seconds * 1000, undefined, { signal });
  } catch {
    throw signal.reason;
  }
}

/** Logs what a server refused or failed; its own words for debugging alone, without the key. */
export function reportFault(
  { log, apiKey }: Pick<Retries, 'log' | 'apiKey'>,
  fields: Fields,
  fault: Fault,
): void {
  const status = fault.status ?? null;
  log.warn('the model server failed a call', { ...fields, code: fault.error.code, status });
  log.debug('words of the model server', {
    ...fields,
    code: fault.error.code,
    status,
    raw: redact(fault.raw, apiKey),
  });
}
