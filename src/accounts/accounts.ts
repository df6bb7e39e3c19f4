import { randomBytes } from 'node:crypto';
import { AppError, invalid } from '../lib/errors.ts';
import type { NewId } from '../lib/ids.ts';
import { isTimeZone } from '../lib/time.ts';
import type { Db } from '../platform/db/db.ts';
import { assertGoodPassword, createPasswords } from './passwords.ts';
import { createSessions, hashSessionId } from './sessions.ts';
import { createAccountStore, type UserRow } from './store.ts';
import { createThrottle } from './throttle.ts';

export { MIN_PASSWORD_CHARACTERS } from './passwords.ts';
export { SESSION_MS } from './sessions.ts';

export const languages = ['en', 'de'] as const;
export const themes = ['system', 'light', 'dark'] as const;
export type Language = (typeof languages)[number];
export type Theme = (typeof themes)[number];

export type Account = {
  id: string;
  username: string;
  role: 'user' | 'admin';
  language: Language | null;
  theme: Theme;
  timeZone: string | null;
  createdAt: number;
};

const MAX_NAME_CHARACTERS = 64;

/** Who you are: sign-up, sign-in, sessions, preferences. Reads (or makes) the password key in the database. */
export async function createAccounts({ db, newId, now }: { db: Db; newId: NewId; now: () => number }) {
  const store = createAccountStore(db);
  const passwords = createPasswords(
    await store.keepSecret('password_key', randomBytes(48).toString('base64')),
  );
  const throttle = createThrottle(store, now);

  /** @throws AppError `wrong_credentials` when it is not the account's password; `limited` when tried too often */
  async function check(username: string, password: string, address: string): Promise<UserRow> {
    const attempt = { nameKey: nameKey(username), address };
    const user = await store.findUserByName(attempt.nameKey);
    const matches = await passwords.check(password, user?.password_hash, () =>
      throttle.assertAllowed(attempt),
    );
    if (!user || !matches || user.suspended_at !== null) {
      await throttle.countFailure(attempt);
      throw new AppError('wrong_credentials');
    }
    // Again: of many guesses at the same time, those beyond the limit must not find out that they were right.
    await throttle.assertAllowed(attempt);
    await throttle.forgive(attempt);
    return user;
  }

  return {
    sessions: createSessions(store, now),
    hasUsers: () => store.hasUsers(),

    /** @throws AppError `invalid`, `username_taken` */
    async register(input: {
      username: string;
      password: string;
      timeZone?: string | undefined;
    }): Promise<Account> {
      const username = cleanName(input.username);
      assertGoodPassword(input.password, username);
      const key = nameKey(username);
      const passwordHash = await passwords.hash(input.password);
      const timeZone = input.timeZone && isTimeZone(input.timeZone) ? input.timeZone : null;
      const user = {
        id: newId(),
        username,
        nameKey: key,
        passwordHash,
        language: null,
        timeZone,
        now: now(),
      };
      if (!(await store.insertUser(user))) throw new AppError('username_taken');
      const row = await store.findUser(user.id);
      if (!row) throw new AppError('internal');
      return toAccount(row);
    },

    /** The same answer, in the same time, for a wrong password, an unknown name and a suspended account. */
    async signIn(input: {
      username: string;
      password: string;
      address: string;
      timeZone?: string | undefined;
    }) {
      const user = await check(input.username, input.password, input.address);
      if (input.timeZone && isTimeZone(input.timeZone) && user.time_zone === null)
        await store.learnTimeZone(user.id, input.timeZone, now());
      return toAccount(user);
    },

    /** The account of a session; undefined when it is gone or suspended. */
    async find(id: string): Promise<Account | undefined> {
      const row = await store.findUser(id);
      return row && row.suspended_at === null ? toAccount(row) : undefined;
    },

    /** Sets what is given, keeps the rest. @throws AppError `invalid` for an unknown zone */
    async changePreferences(
      actor: Account,
      change: {
        language?: Language | null | undefined;
        theme?: Theme | undefined;
        timeZone?: string | undefined;
      },
    ): Promise<Account> {
      if (change.timeZone && !isTimeZone(change.timeZone)) throw invalid('time_zone', 'unknown_zone');
      const next = {
        language: change.language === undefined ? actor.language : change.language,
        theme: change.theme ?? actor.theme,
        timeZone: change.timeZone ?? actor.timeZone,
      };
      await store.updatePreferences(actor.id, next, now());
      return { ...actor, ...next };
    },

    /** Needs the old password; ends every other session. @throws AppError `invalid`, `limited`, `conflict` */
    async changePassword(
      actor: Account,
      input: { current: string; next: string; sessionId: string; address: string },
    ): Promise<void> {
      const user = await check(actor.username, input.current, input.address).catch((error: unknown) => {
        if (error instanceof AppError && error.code === 'wrong_credentials')
          throw invalid('current_password', 'wrong_password');
        throw error;
      });
      assertGoodPassword(input.next, actor.username);
      const newHash = await passwords.hash(input.next);
      const keepSession = hashSessionId(input.sessionId);
      await store.updatePassword({
        id: actor.id,
        oldHash: user.password_hash,
        newHash,
        keepSession,
        now: now(),
      });
    },

    /** Removes what has run out. Called by a timer. */
    purge: () => store.purge(now()),
  };
}

export type Accounts = Awaited<ReturnType<typeof createAccounts>>;

/** One account per name, whatever its case and Unicode form. */
function nameKey(username: string): string {
  // Upper case first folds what lower case alone keeps apart, such as the two forms of a small sigma.
  return username.normalize('NFKC').trim().toUpperCase().toLowerCase().normalize('NFKC');
}

/** @throws AppError `invalid`: empty, over 64 characters, or with characters that cannot be seen */
function cleanName(raw: string): string {
  const name = raw.normalize('NFC').trim();
  if (name === '') throw invalid('username', 'required');
  if ([...name].length > MAX_NAME_CHARACTERS)
    throw invalid('username', 'too_long', { max: MAX_NAME_CHARACTERS });
  if (/[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/u.test(name) || /\s{2}/.test(name))
    throw invalid('username', 'name_characters');
  return name;
}

function toAccount(row: UserRow): Account {
  return {
    id: row.id,
    username: row.username,
    role: row.role,
    language: languages.find((language) => language === row.language) ?? null,
    theme: themes.find((theme) => theme === row.theme) ?? 'system',
    timeZone: row.time_zone,
    createdAt: row.created_at,
  };
}
