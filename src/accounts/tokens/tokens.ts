import { createHash, randomBytes } from 'node:crypto';
import { isAppError, notFound } from '../../lib/errors.ts';
import type { NewId } from '../../lib/ids.ts';
import type { Device } from '../device.ts';
import { ACCESS_TOKEN_SECONDS, createAccessTokens } from './access-token.ts';
import type { TokenStore } from './store.ts';

/** Refresh tokens live 30 days; each refresh gives another 30. */
const REFRESH_MS = 30 * 24 * 60 * 60 * 1000;
/** A script that signs in for each call fills the table no further: the family unused for longest goes. */
const MAX_FAMILIES = 100;

export type TokenPair = { accessToken: string; refreshToken: string; expiresInSeconds: number };
/** One sign-in of a client, with all tokens that came of it. */
export type TokenFamily = {
  id: string;
  userAgent: string | null;
  ip: string | null;
  createdAt: number;
  usedAt: number;
};
export type Refreshed =
  | { outcome: 'rotated'; userId: string; familyId: string; pair: TokenPair }
  | { outcome: 'reused'; userId: string; familyId: string }
  | { outcome: 'unknown' };

type Deps = {
  store: TokenStore;
  secret: string;
  newId: NewId;
  now: () => number;
  revoked(userId: string): void;
};

/** Access tokens (signed, 15 minutes) and refresh tokens (random, kept as hashes, each good once). */
export function createTokens({ store, secret, newId, now, revoked }: Deps) {
  const access = createAccessTokens({ secret, now });
  const newRefreshToken = () => randomBytes(32).toString('base64url');

  async function pairOf(userId: string, familyId: string, refreshToken: string): Promise<TokenPair> {
    const accessToken = await access.sign({ userId, familyId });
    return { accessToken, refreshToken, expiresInSeconds: ACCESS_TOKEN_SECONDS };
  }

  /** @throws AppError `not_found` for a family that is no (longer) one of this person's */
  async function end(userId: string, familyId: string): Promise<void> {
    if ((await store.end(familyId, userId)) === 0) throw notFound();
    revoked(userId);
  }

  async function endReused(userId: string, familyId: string): Promise<Refreshed> {
    await store.end(familyId, userId);
    revoked(userId);
    return { outcome: 'reused', userId, familyId };
  }

  async function findRefresh(refreshToken: string) {
    const row = isRefreshToken(refreshToken) ? await store.findRefresh(hashOf(refreshToken)) : undefined;
    return row && row.expires_at > now() ? row : undefined;
  }

  return {
    end,

    /** A new family: the client has signed in. */
    async issue(userId: string, device: Device): Promise<{ familyId: string; pair: TokenPair }> {
      const refreshToken = newRefreshToken();
      const family = { id: newId(), userId, tokenHash: hashOf(refreshToken), ...device };
      await store.insert({ ...family, now: now(), expiresAt: now() + REFRESH_MS }, MAX_FAMILIES);
      return { familyId: family.id, pair: await pairOf(userId, family.id, refreshToken) };
    },

    /**
     * A new pair for a refresh token, which is then used up. One that is used again was copied by somebody: its whole
     * family ends. So does the family when one token is used twice at the same time, whoever comes first.
     */
    async refresh(refreshToken: string, device: Device): Promise<Refreshed> {
      const row = await findRefresh(refreshToken);
      if (!row) return { outcome: 'unknown' };
      const { family_id: familyId, user_id: userId } = row;
      if (row.used_at !== null) return endReused(userId, familyId);
      const next = newRefreshToken();
      const family = { id: familyId, tokenHash: hashOf(next), ...device };
      try {
        await store.rotate(hashOf(refreshToken), { ...family, now: now(), expiresAt: now() + REFRESH_MS });
      } catch (error) {
        if (isAppError(error, 'conflict')) return endReused(userId, familyId);
        throw error;
      }
      return { outcome: 'rotated', userId, familyId, pair: await pairOf(userId, familyId, next) };
    },

    /** Whose access token it is; undefined when it is wrong or old, or its family has ended. */
    async find(accessToken: string): Promise<{ userId: string; familyId: string } | undefined> {
      const claims = await access.read(accessToken);
      if (!claims) return undefined;
      return (await store.hasFamily(claims.familyId, claims.userId, now())) ? claims : undefined;
    },
    /** True while the family can still be used. */
    isOpen: (userId: string, familyId: string) => store.hasFamily(familyId, userId, now()),

    /** Whose refresh token it is; undefined when it is unknown, old or used up. Does not use it up. */
    async findByRefresh(refreshToken: string): Promise<{ userId: string; familyId: string } | undefined> {
      const row = await findRefresh(refreshToken);
      return row && row.used_at === null ? { userId: row.user_id, familyId: row.family_id } : undefined;
    },

    /** The person's signed-in clients, last used first. */
    async list(userId: string): Promise<TokenFamily[]> {
      const rows = await store.list(userId, now(), MAX_FAMILIES);
      return rows.map((row) => ({
        id: row.id,
        userAgent: row.user_agent,
        ip: row.ip,
        createdAt: row.created_at,
        usedAt: row.refreshed_at,
      }));
    },
  };
}

export type Tokens = ReturnType<typeof createTokens>;

const hashOf = (token: string) => createHash('sha256').update(token).digest('base64url');
const isRefreshToken = (text: string) => /^[\w-]{43}$/.test(text);
