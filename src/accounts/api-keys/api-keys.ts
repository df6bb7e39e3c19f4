import { createHash, randomBytes } from 'node:crypto';
import { invalid, notFound } from '../../lib/errors.ts';
import type { NewId } from '../../lib/ids.ts';
import type { Calendar } from '../../lib/time.ts';
import type { ApiKeyRow, ApiKeyStore } from './store.ts';

/** What a key can be for; the contract gives it `chat` and `images` when nothing is said. */
export const scopes = ['chat', 'images', 'history'] as const;
export type Scope = (typeof scopes)[number];
const defaultScopes: readonly Scope[] = ['chat', 'images'];

export const API_KEY_PREFIX = 'salon_';
export const MAX_KEY_NAME = 60;
const MAX_KEYS = 50;
/** Enough to tell keys apart, far too little to guess one. */
const HINT_CHARACTERS = 6;
/** The last use is written at most this often: a busy key must not write on each request. */
const TOUCH_EVERY_MS = 5 * 60_000;

export type ApiKey = {
  id: string;
  name: string;
  hint: string;
  scopes: string[];
  createdAt: number;
  expiresAt: number | null;
  usedAt: number | null;
};
export type NewKey = {
  name: string;
  scopes?: readonly Scope[] | undefined;
  /** A day (`2026-12-31`, through its end in `zone`) or an instant in ISO 8601; none: no end. */
  expiresAt?: string | undefined;
  zone: string;
};

type Deps = {
  store: ApiKeyStore;
  calendar: Calendar;
  newId: NewId;
  now: () => number;
  revoked(userId: string): void;
};

/** Keys that people make for their own programs: random, shown once, kept as a hash. */
export function createApiKeys({ store, calendar, newId, now, revoked }: Deps) {
  const isPast = (row: ApiKeyRow) => row.expires_at !== null && row.expires_at <= now();

  return {
    /** @returns the key itself, this once. @throws AppError `invalid` */
    async create(userId: string, input: NewKey): Promise<{ apiKey: ApiKey; key: string }> {
      const name = input.name.normalize('NFC').trim();
      if (name === '') throw invalid('name', 'required');
      if (/[\p{C}\p{Zl}\p{Zp}]/u.test(name)) throw invalid('name', 'name_characters');
      const expiresAt =
        input.expiresAt === undefined ? null : instantOf(calendar, input.expiresAt, input.zone);
      if (expiresAt !== null && !(expiresAt > now())) throw invalid('expires_at', 'not_in_future');
      const granted = scopes.filter((scope) => (input.scopes ?? defaultScopes).includes(scope));
      if (granted.length === 0) throw invalid('scopes', 'scope_needed');
      const secret = randomBytes(32).toString('base64url');
      const key = API_KEY_PREFIX + secret;
      const row = {
        id: newId(),
        userId,
        name,
        keyHash: hashOf(key),
        hint: secret.slice(0, HINT_CHARACTERS),
        scopes: granted.join(' '),
        now: now(),
        expiresAt,
      };
      if (!(await store.insert(row, MAX_KEYS))) throw invalid('name', 'too_many_keys', { max: MAX_KEYS });
      const { id, hint } = row;
      const apiKey = { id, name, hint, scopes: granted, createdAt: row.now, expiresAt, usedAt: null };
      return { apiKey, key };
    },

    list: async (userId: string): Promise<ApiKey[]> => (await store.list(userId)).map(toApiKey),

    /** @throws AppError `not_found` for a key that is no (longer) one of this person's */
    async get(userId: string, id: string): Promise<ApiKey> {
      const row = await store.findById(id, userId);
      if (!row) throw notFound();
      return toApiKey(row);
    },

    /** Ends a key at once. @throws AppError `not_found` */
    async remove(userId: string, id: string): Promise<void> {
      if ((await store.remove(id, userId)) === 0) throw notFound();
      revoked(userId);
    },

    /** The owner of a key; undefined when there is no such key or it has expired. Notes that it was used. */
    async find(key: string): Promise<{ userId: string; id: string; scopes: string[] } | undefined> {
      const row = /^salon_[\w-]{43}$/.test(key) ? await store.find(hashOf(key)) : undefined;
      if (!row || isPast(row)) return undefined;
      const since = now() - TOUCH_EVERY_MS;
      // A date for a list: a full disk must not turn it into a failed request.
      if ((row.last_used_at ?? 0) <= since) store.touch(row.id, now(), since).catch(() => undefined);
      return { userId: row.user_id, id: row.id, scopes: row.scopes.split(' ') };
    },
    /** True while the key can still be used. */
    async isOpen(userId: string, id: string): Promise<boolean> {
      const row = await store.findById(id, userId);
      return row !== undefined && !isPast(row);
    },
  };
}

const hashOf = (key: string) => createHash('sha256').update(key).digest('base64url');

const toApiKey = (row: ApiKeyRow): ApiKey => ({
  id: row.id,
  name: row.name,
  hint: row.hint,
  scopes: row.scopes.split(' '),
  createdAt: row.created_at,
  expiresAt: row.expires_at,
  usedAt: row.last_used_at,
});

/** The end of a day in a zone, or the instant. @throws AppError `invalid` for what is neither */
export function instantOf(calendar: Calendar, text: string, zone: string): number {
  const day = calendar.dayRange(zone, text);
  const instant = day ? day.end : /^\d{4}-\d{2}-\d{2}T/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(instant)) throw invalid('expires_at', 'not_a_date');
  return instant;
}
