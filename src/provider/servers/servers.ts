import type { NewId } from '../../lib/ids.ts';
import type { Db } from '../../platform/db/db.ts';
import type { Log } from '../../platform/log.ts';
import { createServerStore } from './store.ts';

/** A model server as people and the database know it; without a base URL it is the built-in demo model. */
export type ServerIdentity = { name: string; baseUrl: string | undefined };

/** The id of a model server's row in `providers`; null when it cannot be noted, which no answer fails for. */
export type Identify = (server: ServerIdentity) => Promise<string | null>;

const DEMO_ID = 'demo';

/** Knows each model server by its base URL, for ever. */
export function createIdentify(deps: { db: Db; log: Log; newId: NewId; now: () => number }): Identify {
  const { db, log, newId, now } = deps;
  const store = createServerStore(db);
  const known = new Map<string | null, Promise<string>>();

  const note = async (name: string, baseUrl: string | null): Promise<string> => {
    const found = await store.find(baseUrl);
    if (found) return found.id;
    const id = baseUrl === null ? DEMO_ID : newId();
    await store.insert({ id, name, baseUrl, now: now() });
    return (await store.find(baseUrl))?.id ?? id;
  };

  return async ({ name, baseUrl = null }: { name: string; baseUrl?: string | null | undefined }) => {
    const noted = known.get(baseUrl) ?? note(name, baseUrl);
    known.set(baseUrl, noted);
    return noted.catch((error: unknown) => {
      known.delete(baseUrl);
      log.error('model server could not be noted', { cause: String(error) });
      return null;
    });
  };
}
