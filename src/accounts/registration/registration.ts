import { AppError, invalid, isAppError } from '../../lib/errors.ts';
import type { NewId } from '../../lib/ids.ts';
import { isTimeZone } from '../../lib/time.ts';
import type { Db } from '../../platform/db/db.ts';
import { cleanName, nameKey } from '../names.ts';
import { assertGoodPassword, type Passwords } from '../passwords/passwords.ts';
import type { AccountStore } from '../store.ts';
import type { Throttle } from '../throttle.ts';
import { hashKey } from './key-text.ts';
import { createRegistrationStore, type NewUser } from './store.ts';

export type RegistrationMode = 'open' | 'key' | 'closed';
export type RegisterInput = {
  username: string;
  password: string;
  timeZone?: string | undefined;
  registrationKey?: string | undefined;
  /** Whom wrong keys are counted against. */
  ip: string;
};

type Deps = {
  db: Db;
  accountStore: AccountStore;
  passwords: Passwords;
  throttle: Throttle;
  mode: RegistrationMode;
  newId: NewId;
  now: () => number;
};

/** Who may make an account: anybody, holders of a key, or nobody; the very first person always may. */
export function createRegistration(deps: Deps) {
  const { db, accountStore, passwords, throttle, newId, now } = deps;
  const store = createRegistrationStore(db);

  /** Which rule holds for the next account. */
  async function mode(): Promise<RegistrationMode> {
    return (await accountStore.hasUsers()) ? deps.mode : 'open';
  }

  /** @throws AppError `registration_closed`, `invalid`, `registration_key_invalid`, `limited` */
  async function assertMayRegister(key: string | undefined, ip: string): Promise<void> {
    const rule = await mode();
    if (rule === 'closed') throw new AppError('registration_closed');
    if (key === undefined) {
      if (rule === 'key') throw invalid('registration_key', 'required');
      return;
    }
    await throttle.assertKeyAllowed(ip);
    // Again, as for passwords: of many guesses at the same time one beyond the limit must not get in.
    if (await store.isGoodKey(hashKey(key), now())) return throttle.assertKeyAllowed(ip);
    await throttle.countKeyFailure(ip);
    throw keyInvalid();
  }

  async function insert(user: NewUser, key: string | undefined): Promise<void> {
    if (key !== undefined)
      await store.insertUserByKey(user, { id: newId(), keyHash: hashKey(key), now: now() });
    else if (deps.mode === 'open') await store.insertUser(user, now());
    else await store.insertFirstUser(user, now());
  }

  return {
    mode,

    /**
     * Makes an account; a key is used in the same transaction.
     * @returns its id. @throws AppError `invalid`, `username_taken`, and those of `assertMayRegister`
     */
    async register(input: RegisterInput): Promise<string> {
      const key = input.registrationKey === '' ? undefined : input.registrationKey;
      await assertMayRegister(key, input.ip);
      const username = cleanName(input.username);
      assertGoodPassword(input.password, username);
      const user = {
        id: newId(),
        username,
        nameKey: nameKey(username),
        passwordHash: await passwords.hash(input.password),
        timeZone: input.timeZone && isTimeZone(input.timeZone) ? input.timeZone : null,
      };
      await insert(user, key).catch(async (error: unknown) => {
        if (!isAppError(error, 'conflict')) throw error;
        if (await accountStore.findUserByName(user.nameKey)) throw new AppError('username_taken');
        // Somebody else was faster: to the last use of the key, or to the first account.
        if (key !== undefined) throw keyInvalid();
        await assertMayRegister(key, input.ip);
        throw error;
      });
      return user.id;
    },
  };
}

export type Registration = ReturnType<typeof createRegistration>;

/** The same for a key that is unknown, expired, revoked or used up. */
const keyInvalid = () =>
  new AppError('registration_key_invalid', {
    fields: [{ field: 'registration_key', message: 'registration_key' }],
  });
