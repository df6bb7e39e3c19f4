import { AppError } from '../../lib/errors.ts';

type Waiting<Request, Result> = {
  request: Request;
  resolve(result: Result): void;
  reject(error: unknown): void;
};

/**
 * Carries out one request at a time, each person's in turn. Of one person only the newest waits: who types on wants no
 * answer to what was typed before, so an older one that has not begun fails with `limited`.
 */
export function createFairQueue<Request extends { ownerId: string }, Result>(
  work: (request: Request) => Promise<Result>,
) {
  const waiting = new Map<string, Waiting<Request, Result>>();
  let isWorking = false;

  async function workOff(): Promise<void> {
    isWorking = true;
    for (const [ownerId, { request, resolve, reject }] of waiting) {
      waiting.delete(ownerId);
      await work(request).then(resolve, reject);
    }
    isWorking = false;
  }

  return (request: Request): Promise<Result> =>
    new Promise((resolve, reject) => {
      const { ownerId } = request;
      const params = { seconds: 1, minutes: 1 };
      waiting.get(ownerId)?.reject(new AppError('limited', { retryAfterSeconds: 1, params }));
      waiting.set(ownerId, { request, resolve, reject });
      if (!isWorking) void workOff();
    });
}
