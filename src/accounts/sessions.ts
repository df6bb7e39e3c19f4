import { createHash } from 'node:crypto';
import type { AccountStore } from './store.ts';

/** A session lasts 30 days from its last renewal (contract). */
export const SESSION_MS = 30 * 24 * 60 * 60 * 1000;

/** Sessions in the database, found by a hash of their id: a stolen copy of the file opens no session. */
export function createSessions(store: AccountStore, now: () => number) {
  const row = (id: string, content: string) => ({
    ...{ idHash: hashSessionId(id), content, now: now() },
    expiresAt: now() + SESSION_MS,
  });
  return {
    async find(id: string): Promise<string | undefined> {
      return (await store.findSession(hashSessionId(id), now()))?.content;
    },
    begin: (id: string, content: string, userId: string | null) =>
      store.insertSession({ ...row(id, content), userId }),
    /** Another 30 days. One that has ended meanwhile stays ended. */
    renew: (id: string, content: string) => store.renewSession(row(id, content)),
    end: (id: string) => store.deleteSession(hashSessionId(id)),
  };
}

export type Sessions = ReturnType<typeof createSessions>;

/** The form in which a session id is kept. */
export const hashSessionId = (id: string) => createHash('sha256').update(id).digest('base64url');
