import { isAppError } from '../lib/errors.ts';
import type { NewId } from '../lib/ids.ts';
import type { Calendar } from '../lib/time.ts';
import { channel, type Bus } from '../platform/bus/bus.ts';
import type { Db, Statement } from '../platform/db/db.ts';
import { API_KEY_PREFIX, createApiKeys } from './api-keys/api-keys.ts';
import { createApiKeyStore } from './api-keys/store.ts';
import { createSessions, hashSessionId } from './sessions/sessions.ts';
import { createSessionStore } from './sessions/store.ts';
import { createTokenStore } from './tokens/store.ts';
import { createTokens } from './tokens/tokens.ts';

type Deps = { db: Db; bus: Bus; calendar: Calendar; secret: string; newId: NewId; now: () => number };
type Kind = 'session' | 'token' | 'key';
export type Bearer = { userId: string; kind: 'token' | 'key'; id: string; scopes: string[] | null };
/** What stays when a person's access ends: the session with this id (from its cookie); API keys unless asked. */
export type Endings = { keepSessionId?: string | undefined; apiKeys?: boolean | undefined };

/** Signals that something which let a person in was taken away. */
const accessChannel = channel<null>('access');

/** All that lets a person in besides the password: sessions, tokens of clients, personal API keys. */
export function createSignIns({ db, bus, calendar, secret, newId, now }: Deps) {
  const stores = {
    sessions: createSessionStore(db),
    tokens: createTokenStore(db),
    keys: createApiKeyStore(db),
  };

  /**
   * Tells open streams of the person to look again whether they may go on. To be called after every change that takes
   * something away: an ended credential, a suspension, another role, a deletion.
   */
  const revoked = (userId: string) => bus.publish(accessChannel(userId), null);
  const shared = { newId, now, revoked };

  /** The statements that end a person's sign-ins, for the batch of the change that asks for it. */
  const endings = (userId: string, { keepSessionId, apiKeys = false }: Endings = {}): Statement[] => [
    stores.sessions.endOthers(userId, keepSessionId === undefined ? '' : hashSessionId(keepSessionId)),
    stores.tokens.endAll(userId),
    ...(apiKeys ? [stores.keys.removeAll(userId)] : []),
  ];

  const sessions = createSessions({ store: stores.sessions, ...shared });
  const tokens = createTokens({ store: stores.tokens, secret, ...shared });
  const apiKeys = createApiKeys({ store: stores.keys, calendar, ...shared });

  return {
    sessions,
    tokens,
    apiKeys,
    revoked,
    endings,

    /** Whose bearer it is, an access token or an API key; undefined when it opens nothing (any more). */
    async findBearer(bearer: string): Promise<Bearer | undefined> {
      if (bearer.startsWith(API_KEY_PREFIX)) {
        const key = await apiKeys.find(bearer);
        return key && { userId: key.userId, kind: 'key', id: key.id, scopes: key.scopes };
      }
      const token = await tokens.find(bearer);
      return token && { userId: token.userId, kind: 'token', id: token.familyId, scopes: null };
    },

    /** True while a credential, named as in lists, can still be used. */
    isOpen(userId: string, { kind, id }: { kind: Kind; id: string }): Promise<boolean> {
      if (kind === 'session') return sessions.isOpen(userId, id);
      return kind === 'token' ? tokens.isOpen(userId, id) : apiKeys.isOpen(userId, id);
    },

    /** Ends one session or client by its id in lists. @throws AppError `not_found` when it is not this person's */
    endOne: (userId: string, id: string) =>
      sessions.endOne(userId, id).catch((error: unknown) => {
        if (!isAppError(error, 'not_found')) throw error;
        return tokens.end(userId, id);
      }),
    /** Signs a person out: every session (but the one to keep), every client, on request every API key. */
    async endAll(userId: string, what: Endings = {}): Promise<void> {
      await db.batch(endings(userId, what));
      revoked(userId);
    },
    /** Calls `listener` whenever something was taken away from the person. @returns a function that ends it */
    onRevoked: (userId: string, listener: () => void) => bus.subscribe(accessChannel(userId), listener),
    /** The statements that remove what has run out. */
    purge: (at: number): Statement[] => [stores.sessions.purge(at), ...stores.tokens.purge(at)],
  };
}

export type SignIns = ReturnType<typeof createSignIns>;
