import type { AuthMethod } from '../lib/actor.ts';
import { isAppError, type ErrorCode } from '../lib/errors.ts';
import type { Fault } from './faults.ts';
import type { ServedBy, Usage } from './provider.ts';

/** For whom and by which way of signing in a call is made: for the ledger, never sent to the model server. */
export type CallAccount = {
  ownerId: string;
  authMethod: AuthMethod;
  /** The personal API key it came with. */
  keyId: string | null;
  /** What the call is for: `reply`, `image`, … */
  purpose: string;
  /** The reply or job that it belongs to. */
  subjectId: string | null;
};

/** One request to the model server, as it is about to be sent; a retry is another one. */
export type Attempt = ServedBy & {
  /** Estimated. */
  promptTokens: number;
  /** The most that the answer may have, when that is asked for. */
  maxTokens?: number | undefined;
  images: number;
};

/** What was received, also of an attempt that broke off. Undefined: nothing that costs. */
export type Received = {
  usage?: Usage | undefined;
  images?: number | undefined;
  /** Only a guess can be made of what it cost. */
  isUncertain?: boolean;
};

export type AttemptEnd = Received & {
  /** `unknown`: the server may have done it, and charge it; nobody can tell. */
  outcome: 'complete' | 'stopped' | 'failed' | 'unknown';
  /** What it cost cannot be known from here: what was received is a guess; without one, what was reserved stands. */
  isUncertain: boolean;
  error?: ErrorCode | undefined;
};

/** Called once, when the attempt is over. Never throws. */
export type EndAttempt = (end: AttemptEnd) => void;

/** Called just before each request is sent; what it throws is thrown instead of sending. */
export type OnAttempt = (attempt: Attempt) => Promise<EndAttempt>;

type Tried<T> = { value: T } | { fault: Fault };
type Metering = {
  call: { signal: AbortSignal; onAttempt?: OnAttempt | undefined };
  attempt: Attempt;
  /** Asked when it is over, whatever the outcome. */
  received(): Received;
};

/**
 * Sends one request with its attempt told before and its end after. A chat that breaks off costs what was received; a
 * image whose request broke off may have been made, so its cost stays uncertain.
 */
export async function metered<T>(
  { call, attempt, received }: Metering,
  send: () => Promise<Tried<T>>,
): Promise<Tried<T>> {
  const end = await call.onAttempt?.(attempt);
  if (!end) return send();
  const isImage = attempt.images > 0;
  try {
    const result = await send();
    if ('value' in result) end({ outcome: 'complete', isUncertain: false, ...received() });
    else {
      const { code } = result.fault.error;
      const isUncertain = code === 'outcome_unknown';
      end({ outcome: isUncertain ? 'unknown' : 'failed', isUncertain, error: code });
    }
    return result;
  } catch (error) {
    const code = isAppError(error) ? error.code : 'internal';
    const broken = isImage ? 'unknown' : 'failed';
    const outcome = call.signal.aborted ? 'stopped' : broken;
    end({ outcome, isUncertain: isImage, error: code, ...received() });
    throw error;
  }
}
