import { createHash } from 'node:crypto';
import { notFound } from '../../lib/errors.ts';
import type { NewId } from '../../lib/ids.ts';
import type { Device } from '../device.ts';
import type { SessionStore } from './store.ts';

/** A session lasts 30 days from its last renewal (contract). */
export const SESSION_MS = 30 * 24 * 60 * 60 * 1000;
/** Nobody tells more devices apart on one page; the rest can be ended together. */
const MAX_LISTED = 100;

/** A session as its owner may see it: never the id that is in the cookie. */
export type OpenSession = {
  id: string;
  isThis: boolean;
  userAgent: string | null;
  ip: string | null;
  createdAt: number;
  usedAt: number;
};

type Deps = { store: SessionStore; newId: NewId; now: () => number; revoked(userId: string): void };

/** Sessions in the database, found by a hash of their id: a stolen copy of the file opens no session. */
export function createSessions({ store, newId, now, revoked }: Deps) {
  const timesOf = (id: string) => ({
    idHash: hashSessionId(id),
    now: now(),
    expiresAt: now() + SESSION_MS,
  });
  return {
    /** What is kept, the id by which its owner sees it, and when it was last renewed. */
    async find(id: string): Promise<{ content: string; publicId: string; renewedAt: number } | undefined> {
      const found = await store.find(hashSessionId(id), now());
      return found && { content: found.content, publicId: found.public_id, renewedAt: found.touched_at };
    },
    begin: (id: string, content: string, opened: Device & { userId: string | null }) =>
      store.insert({ ...timesOf(id), content, ...opened, publicId: newId() }),
    /** Another 30 days; what is kept stays as it was begun. One that has ended meanwhile stays ended. */
    renew: (id: string) => store.renew(timesOf(id)),
    /** Ends the session of a cookie; open streams of its person are told. */
    async end(id: string): Promise<void> {
      const owner = await store.findOwner(hashSessionId(id));
      await store.remove(hashSessionId(id));
      if (owner) revoked(owner);
    },

    /** True while the session can still be used. */
    isOpen: (userId: string, publicId: string) => store.isOpen(publicId, userId, now()),
    /** The person's open sessions, last used first. `currentId` is the asking one's, from its cookie. */
    async list(userId: string, currentId: string): Promise<OpenSession[]> {
      const current = hashSessionId(currentId);
      const rows = await store.list(userId, now(), MAX_LISTED);
      return rows.map((found) => ({
        id: found.public_id,
        isThis: found.id_hash === current,
        userAgent: found.user_agent,
        ip: found.ip,
        createdAt: found.created_at,
        usedAt: found.touched_at,
      }));
    },
    /** @throws AppError `not_found` for a session that is no (longer) one of this person's */
    async endOne(userId: string, publicId: string): Promise<void> {
      if ((await store.endOne(publicId, userId)) === 0) throw notFound();
      revoked(userId);
    },
  };
}

export type Sessions = ReturnType<typeof createSessions>;

/** The form in which a session id is kept. */
export const hashSessionId = (id: string) => createHash('sha256').update(id).digest('base64url');
