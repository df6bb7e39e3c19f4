import { createHash, randomBytes } from 'node:crypto';
import { AppError, isAppError, notFound } from '../../lib/errors.ts';
import type { Db } from '../../platform/db/db.ts';
import type { SignIns } from '../sign-ins.ts';
import { nameKey } from '../names.ts';
import { assertGoodPassword, type Passwords } from '../passwords/passwords.ts';
import type { Throttle } from '../throttle.ts';
import { createResetStore } from './store.ts';

const TOKEN_BYTES = 32;
/** A link works once, and for at most an hour. */
export const RESET_LINK_MS = 60 * 60_000;

type Deps = {
  db: Db;
  passwords: Passwords;
  throttle: Throttle;
  now: () => number;
  signIns: Pick<SignIns, 'endings' | 'revoked'>;
};

/** Links that set a new password once; whoever makes one never learns the password. */
export function createReset({ db, passwords, throttle, now, signIns }: Deps) {
  const store = createResetStore(db);

  async function find(token: string): Promise<{ id: string; username: string }> {
    const user = isToken(token) ? await store.findLinkUser(hashToken(token), now()) : undefined;
    if (!user) throw linkInvalid();
    return user;
  }

  return {
    /** A link's token, for this once; earlier ones of the same person are dead. @throws AppError `not_found`, `being_deleted` */
    async begin(actor: { id: string } | null, userId: string): Promise<{ token: string; expiresAt: number }> {
      const token = randomBytes(TOKEN_BYTES).toString('base64url');
      const expiresAt = now() + RESET_LINK_MS;
      const link = {
        tokenHash: hashToken(token),
        userId,
        createdBy: actor?.id ?? null,
        now: now(),
        expiresAt,
      };
      await store.replaceLink(link).catch(async (error: unknown) => {
        if (!isAppError(error, 'conflict')) throw error;
        throw (await store.isLeaving(userId)) ? new AppError('being_deleted') : notFound();
      });
      return { token, expiresAt };
    },

    /** Whose link it is. @throws AppError `link_invalid`, the same for one that is wrong, used, replaced or too old */
    find,

    /** Sets the password and signs the person out everywhere; API keys stay. @throws AppError `link_invalid`, `invalid` */
    async finish(token: string, password: string): Promise<{ id: string; username: string }> {
      const user = await find(token);
      assertGoodPassword(password, user.username);
      const passwordHash = await passwords.hash(password);
      const link = { tokenHash: hashToken(token), userId: user.id, passwordHash, now: now() };
      await store.useLink(link, signIns.endings(user.id)).catch((error: unknown) => {
        throw isAppError(error, 'conflict') ? linkInvalid() : error;
      });
      await throttle.forgive({ nameKey: nameKey(user.username), ip: '' });
      signIns.revoked(user.id);
      return user;
    },

    /** The statement that removes links that have run out. */
    purge: store.purge,
  };
}

const linkInvalid = () => new AppError('link_invalid');
const isToken = (token: string) => /^[\w-]{43}$/.test(token);
const hashToken = (token: string) => createHash('sha256').update(token).digest('base64url');
