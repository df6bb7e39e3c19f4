import { randomBytes } from 'node:crypto';
import { AppError, invalid, notFound } from '../lib/errors.ts';
import type { NewId } from '../lib/ids.ts';
import { isTimeZone, type Calendar } from '../lib/time.ts';
import { channel, type Bus } from '../platform/bus/bus.ts';
import type { Config } from '../platform/config.ts';
import type { Db, Statement } from '../platform/db/db.ts';
import type { Language, Theme, User } from '../lib/user.ts';
import { mayEnter, toUser } from './account.ts';
import { createSignIns } from './sign-ins.ts';
import { nameKey } from './names.ts';
import { assertGoodPassword, createPasswords } from './passwords/passwords.ts';
import { createPendingPosts } from './pending-posts/pending-posts.ts';
import { createPeople } from './people/people.ts';
import { createRegistrationKeys } from './registration/keys.ts';
import { createRegistration, type RegisterInput } from './registration/registration.ts';
import { createReset } from './reset/reset.ts';
import { createAccountStore, type UserRow } from './store.ts';
import { createThrottle } from './throttle.ts';

export { MIN_PASSWORD_CHARACTERS } from './passwords/passwords.ts';
export type { ManagedUser } from './people/people.ts';
export {
  MAX_KEY_FILE_BYTES,
  MAX_KEY_USES,
  MAX_KEYS_AT_ONCE,
  type RegistrationKey,
} from './registration/keys.ts';
export { SESSION_MS } from './sessions/sessions.ts';
export { settingsTabs } from './settings/tabs.ts';
export type { TokenPair } from './tokens/tokens.ts';

const suspendedChannel = channel<{ userId: string }>('suspended');

type Deps = {
  db: Db;
  bus: Bus;
  calendar: Calendar;
  sessionSecret: string;
  newId: NewId;
  now: () => number;
  config: Pick<Config, 'registration' | 'dataDir'>;
};

/** Who you are: sign-up, sign-in, sessions, preferences. Reads (or makes) the password key in the database. */
export async function createAccounts({ db, bus, calendar, sessionSecret, newId, now, config }: Deps) {
  const store = createAccountStore(db);
  const signIns = createSignIns({ db, bus, calendar, secret: sessionSecret, newId, now });
  const passwords = createPasswords(
    await store.keepSecret('password_key', randomBytes(48).toString('base64')),
  );
  const throttle = createThrottle(store, now);
  const shared = { db, passwords, throttle, signIns, newId, now };
  const registration = createRegistration({ ...shared, accountStore: store, mode: config.registration });
  const reset = createReset(shared);
  const suspended = (userId: string) => bus.publish(suspendedChannel(), { userId });

  async function getRow(id: string): Promise<UserRow> {
    const row = await store.findUser(id);
    if (!row) throw notFound();
    return row;
  }

  /** @throws AppError `wrong_credentials` when it is not the account's password; `limited` when tried too often */
  async function check(username: string, password: string, ip: string): Promise<UserRow> {
    const attempt = { nameKey: nameKey(username), ip };
    const user = await store.findUserByName(attempt.nameKey);
    const matches = await passwords.check(password, user?.password_hash, () =>
      throttle.assertAllowed(attempt),
    );
    if (!user || !matches || !mayEnter(user)) {
      await throttle.countFailure(attempt);
      throw new AppError('wrong_credentials');
    }
    // Again: of many guesses at the same time, those beyond the limit must not find out that they were right.
    await throttle.assertAllowed(attempt);
    await throttle.forgive(attempt);
    // Once more, as late as can be: a password that was changed meanwhile must not open a session that outlives the change.
    const still = await store.findUser(user.id);
    if (still?.password_hash !== user.password_hash || !mayEnter(still))
      throw new AppError('wrong_credentials');
    return still;
  }

  return {
    ...signIns,
    registration,
    registrationKeys: createRegistrationKeys({ db, calendar, dataDir: config.dataDir, newId, now }),
    /** Forms that met an ended session. */
    pendingPosts: createPendingPosts({ db, newId, now }),
    people: createPeople({ ...shared, suspended }),
    reset,
    hasUsers: () => store.hasUsers(),
    /** Calls `listener` for each person who is suspended, so that what they have running can be stopped. */
    onSuspended: (listener: (userId: string) => void) =>
      bus.subscribe(suspendedChannel(), ({ userId }) => listener(userId)),

    /**
     * A new account, by the rules of REGISTRATION. A registration key is used together with it, or not at all.
     * @throws AppError `invalid`, `username_taken`, `registration_closed`, `registration_key_invalid`, `limited`
     */
    async register(input: RegisterInput): Promise<User> {
      return toUser(await getRow(await registration.register(input)));
    },

    /** The same answer, in the same time, for a wrong password, an unknown name and a closed account. */
    async signIn(input: { username: string; password: string; ip: string; timeZone?: string | undefined }) {
      const user = await check(input.username, input.password, input.ip);
      if (input.timeZone && isTimeZone(input.timeZone) && user.time_zone === null)
        await store.learnTimeZone(user.id, input.timeZone, now());
      return toUser(user);
    },

    /** The account of a session; undefined when it is gone, suspended or being deleted. */
    async find(id: string): Promise<User | undefined> {
      const row = await store.findUser(id);
      return row && mayEnter(row) ? toUser(row) : undefined;
    },

    /** Writes what is given, and nothing else. @throws AppError `invalid` for an unknown zone, `not_found` */
    async changePreferences(
      actor: { id: string },
      change: {
        language?: Language | null | undefined;
        theme?: Theme | undefined;
        timeZone?: string | undefined;
        automaticTitles?: boolean | undefined;
      },
    ): Promise<User> {
      if (change.timeZone && !isTimeZone(change.timeZone)) throw invalid('time_zone', 'unknown_zone');
      await store.changePreferences(actor.id, change, now());
      return toUser(await getRow(actor.id));
    },

    /**
     * Needs the old password; ends every other session and every client's tokens, and the API keys when asked.
     * @throws AppError `invalid`, `limited`, `conflict`
     */
    async changePassword(
      actor: User,
      input: {
        current: string;
        next: string;
        sessionId: string;
        ip: string;
        endApiKeys?: boolean | undefined;
      },
    ): Promise<void> {
      const user = await check(actor.username, input.current, input.ip).catch((error: unknown) => {
        if (error instanceof AppError && error.code === 'wrong_credentials')
          throw invalid('current_password', 'wrong_password');
        throw error;
      });
      assertGoodPassword(input.next, actor.username);
      const newHash = await passwords.hash(input.next);
      const endings = signIns.endings(actor.id, {
        keepSessionId: input.sessionId,
        apiKeys: input.endApiKeys,
      });
      const change = { id: actor.id, oldHash: user.password_hash, newHash, now: now() };
      await store.updatePassword(change, endings);
      signIns.revoked(actor.id);
    },

    /** What removes the count of failed sign-ins of a person, for the batch that deletes the account. */
    async forgetting(id: string): Promise<Statement[]> {
      const row = await store.findUser(id);
      return row ? [throttle.forgetting(nameKey(row.username))] : [];
    },

    /** Removes what has run out. Called by a timer. */
    purge: () => store.purge(now(), [...signIns.purge(now()), reset.purge(now())]),
  };
}

export type Accounts = Awaited<ReturnType<typeof createAccounts>>;
