import type { Actor } from '../../lib/actor.ts';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError, invalid, notFound } from '../../lib/errors.ts';
import type { NewId } from '../../lib/ids.ts';
import type { Calendar } from '../../lib/time.ts';
import type { Db } from '../../platform/db/db.ts';
import { instantOf } from '../api-keys/api-keys.ts';
import { hashKey, hintOf, newKeyText, readKeyLines, type LineError } from './key-text.ts';
import { createRegistrationStore, type KeyRow } from './store.ts';

export type RegistrationKey = {
  id: string;
  hint: string;
  note: string | null;
  maxUses: number;
  uses: number;
  createdBy: string | null;
  createdAt: number;
  expiresAt: number | null;
  revokedAt: number | null;
  isUsable: boolean;
  /** Who used it when, newest first; null for an account that is gone. */
  usedBy: { username: string | null; usedAt: number }[];
};
export type Loaded = { loaded: number; skipped: number; errors: LineError[] };
export type KeyOrder = {
  count: number;
  maxUses: number;
  /** A day (through its end in `zone`) or an instant in ISO 8601; none: no end. */
  expiresAt?: string | undefined;
  zone: string;
  note?: string | undefined;
};

export const MAX_KEYS_AT_ONCE = 500;
export const MAX_KEY_USES = 10_000;
/** For the file in DATA_DIR and for an upload alike. */
export const MAX_KEY_FILE_BYTES = 1024 * 1024;
const KEY_FILE = 'keys.txt';
const MAX_USES_SHOWN = 100;
/** Rows of one transaction: a large file must not hold up everybody's writes. */
const ROWS_AT_ONCE = 500;

type Deps = { db: Db; calendar: Calendar; dataDir: string; newId: NewId; now: () => number };

/** Keys to register with: made here or loaded from a file, kept as hashes, shown by their first characters. */
export function createRegistrationKeys({ db, calendar, dataDir, newId, now }: Deps) {
  const store = createRegistrationStore(db);

  type Terms = { maxUses: number; note?: string | undefined; expiresAt?: number | undefined };
  const rowOf = (actor: Actor, key: string, order: Terms) => ({
    id: newId(),
    keyHash: hashKey(key),
    hint: hintOf(key),
    note: order.note ?? null,
    maxUses: order.maxUses,
    createdBy: actor.id,
    expiresAt: order.expiresAt ?? null,
  });

  async function load(actor: Actor, text: string): Promise<Loaded> {
    const { keys, errors } = readKeyLines(text);
    const distinct = [...new Set(keys.map(({ key }) => key))];
    let loaded = 0;
    for (let i = 0; i < distinct.length; i += ROWS_AT_ONCE) {
      const rows = distinct.slice(i, i + ROWS_AT_ONCE).map((key) => rowOf(actor, key, { maxUses: 1 }));
      loaded += (await store.insertKeys(rows, now())).filter(Boolean).length;
    }
    return { loaded, skipped: keys.length - loaded, errors };
  }

  return {
    /** @returns the keys themselves, for this once. @throws AppError `invalid` when they would have expired already */
    async generate(actor: Actor, order: KeyOrder): Promise<{ id: string; key: string }[]> {
      const { maxUses, note } = order;
      const expiresAt =
        order.expiresAt === undefined ? undefined : instantOf(calendar, order.expiresAt, order.zone);
      if (expiresAt !== undefined && expiresAt <= now()) throw invalid('expires_at', 'not_in_future');
      const keys = Array.from({ length: order.count }, newKeyText);
      const rows = keys.map((key) => rowOf(actor, key, { maxUses, note, expiresAt }));
      await store.insertKeys(rows, now());
      return rows.map(({ id }, i) => ({ id, key: keys[i] ?? '' }));
    },

    /** Takes keys from a text; those that are known already are skipped. */
    load,

    /** The same from `keys.txt` in DATA_DIR. @throws AppError `key_file_missing`, `too_large` */
    async loadFile(actor: Actor) {
      const path = join(dataDir, KEY_FILE);
      const missing = (cause: unknown) => {
        throw new AppError('key_file_missing', { cause });
      };
      const { size } = await stat(path).catch(missing);
      if (size > MAX_KEY_FILE_BYTES) throw new AppError('too_large');
      return load(actor, await readFile(path, 'utf8').catch(missing));
    },

    /** Newest first; `cursor` is what the page before gave. @throws AppError `invalid` for a strange one */
    async list(view: { limit: number; cursor?: string | undefined }) {
      const rows = await store.listKeys(readCursor(view.cursor), view.limit + 1);
      const shown = rows.slice(0, view.limit);
      const keys: RegistrationKey[] = [];
      for (const row of shown) keys.push(await toKey(row));
      const last = shown.at(-1);
      return {
        keys,
        nextCursor: rows.length > shown.length && last ? `${last.created_at}-${last.id}` : null,
      };
    },

    /** No account can be made with it any more; those that were stay. @throws AppError `not_found` */
    async revoke(id: string): Promise<RegistrationKey> {
      await store.revokeKey(id, now());
      const row = await store.findKey(id);
      if (!row) throw notFound();
      return toKey(row);
    },
  };

  async function toKey(row: KeyRow): Promise<RegistrationKey> {
    const uses = row.uses > 0 ? await store.listKeyUses(row.id, MAX_USES_SHOWN) : [];
    const hasExpired = row.expires_at !== null && row.expires_at <= now();
    return {
      id: row.id,
      hint: row.hint,
      note: row.note,
      maxUses: row.max_uses,
      uses: row.uses,
      createdBy: row.created_by_name,
      createdAt: row.created_at,
      expiresAt: row.expires_at,
      revokedAt: row.revoked_at,
      isUsable: row.revoked_at === null && row.uses < row.max_uses && !hasExpired,
      usedBy: uses.map(({ username, used_at: usedAt }) => ({ username, usedAt })),
    };
  }
}

function readCursor(text: string | undefined): { createdAt: number; id: string } {
  if (text === undefined) return { createdAt: Number.MAX_SAFE_INTEGER, id: '~' };
  const [, createdAt, id] = /^(\d{1,16})-([0-9a-z]{26})$/.exec(text) ?? [];
  if (!createdAt || !id) throw invalid('cursor', 'unknown_value');
  return { createdAt: Number(createdAt), id };
}
