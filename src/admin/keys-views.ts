import type { RegistrationKey } from '../accounts/accounts.ts';
import { iso } from '../lib/time.ts';

/** What a form on the page of keys made, to be shown on the page after it. */
export type Made =
  | { keys: { id: string; key: string }[] }
  | { loaded: number; skipped: number; errors: { line: number; message: string }[] };

const MAX_ERRORS_SHOWN = 20;

/** The keys with their invite links, or what came of a file; as the page shows them. */
export function readMade(text: string | undefined, origin: string) {
  const made = text === undefined ? undefined : (JSON.parse(text) as Made);
  const keys = made && 'keys' in made ? made.keys : [];
  return {
    made: keys.map(({ key }) => ({ key, link: `${origin}/register?key=${encodeURIComponent(key)}` })),
    loaded:
      made && 'loaded' in made
        ? {
            ...made,
            more: made.errors.length - MAX_ERRORS_SHOWN,
            errors: made.errors.slice(0, MAX_ERRORS_SHOWN),
          }
        : null,
  };
}

/** A key for the list on the page. */
export function keyView(key: RegistrationKey) {
  const state = key.isUsable
    ? 'usable'
    : key.revokedAt !== null
      ? 'revoked'
      : key.uses >= key.maxUses
        ? 'used_up'
        : 'expired';
  // The end of a day is the first instant of the next one; people expect to read the day itself.
  const lastInstant = key.expiresAt === null ? null : key.expiresAt - 1;
  return { ...key, expiresAt: lastInstant, state, revokeUrl: `/admin/keys/${key.id}/revoke` };
}

/** A key as JSON: never the key, only its first characters. */
export function keyJson(key: RegistrationKey) {
  return {
    id: key.id,
    hint: key.hint,
    uses: key.uses,
    max_uses: key.maxUses,
    note: key.note,
    created_by: key.createdBy,
    created_at: iso(key.createdAt),
    expires_at: key.expiresAt === null ? null : iso(key.expiresAt),
    revoked_at: key.revokedAt === null ? null : iso(key.revokedAt),
    used_by: key.usedBy.map(({ username, usedAt }) => ({ username, used_at: iso(usedAt) })),
  };
}
