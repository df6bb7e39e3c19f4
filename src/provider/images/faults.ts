import { AppError, isAppError } from '../../lib/errors.ts';
import { faultFromAnswer, faultFromNetwork, type Fault, type FaultContext } from '../faults.ts';

/** What the vendor's package threw, without its types: an answer with an error status, or what is behind it. */
export type Thrown = {
  error: unknown;
  cause: unknown;
  answer: { status: number; headers: Headers | undefined; body: string } | undefined;
};

/** Sorts what an image call threw. One that may have been made (and charged) is never asked for again by itself. */
export function faultFromThrown({ error, cause, answer }: Thrown, context: FaultContext): Fault {
  if (answer) {
    const { status, headers, body } = answer;
    return faultFromAnswer({ status, header: (name) => headers?.get(name) ?? undefined, body }, context);
  }
  const own = [error, (error as Error).cause].find((one) => isAppError(one));
  const isGarbage = error instanceof SyntaxError;
  const network = faultFromNetwork(cause, context);
  if (!own && !isGarbage && !network.isSent) return network;
  const unknownOutcome = new AppError(isGarbage ? 'upstream_bad_answer' : 'outcome_unknown', {
    params: isGarbage ? { host: context.host } : {},
    cause: error,
  });
  return { ...network, error: own ?? unknownOutcome, retry: false };
}
