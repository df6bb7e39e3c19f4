import type { NewId } from '../lib/ids.ts';

/** From the answer to a form to the page that it leads to: a matter of seconds. */
const KEPT_MS = 60_000;
const MAX_KEPT = 1000;

/**
 * Hands a secret that is shown once from the request that made it to the page after it, without a URL or a row that
 * holds it. Kept in memory for a minute, given out once, and only to the owner (say, a session).
 */
export function createOneTimeSecrets({ newId, now }: { newId: NewId; now: () => number }) {
  const kept = new Map<string, { owner: string; value: string; until: number }>();
  const forgetOld = () => {
    for (const [id, { until }] of kept) if (until <= now() || kept.size > MAX_KEPT) kept.delete(id);
  };
  return {
    /** @returns the id to ask with */
    put(owner: string, value: string): string {
      const id = newId();
      kept.set(id, { owner, value, until: now() + KEPT_MS });
      forgetOld();
      return id;
    },
    /** The value, the first time that its owner asks. */
    take(owner: string, id: string | undefined): string | undefined {
      forgetOld();
      const found = id === undefined ? undefined : kept.get(id);
      if (id === undefined || found?.owner !== owner) return undefined;
      kept.delete(id);
      return found.value;
    },
  };
}

export type OneTimeSecrets = ReturnType<typeof createOneTimeSecrets>;
