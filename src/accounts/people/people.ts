import type { Actor } from '../../lib/actor.ts';
import { randomBytes } from 'node:crypto';
import { AppError, invalid, isAppError, notFound } from '../../lib/errors.ts';
import type { NewId } from '../../lib/ids.ts';
import type { Db } from '../../platform/db/db.ts';
import type { SignIns } from '../sign-ins.ts';
import { cleanName, nameKey } from '../names.ts';
import { assertGoodPassword, type Passwords } from '../passwords/passwords.ts';
import { createPeopleStore, type Change, type ManagedUserRow } from './store.ts';

export type ManagedUser = {
  id: string;
  username: string;
  role: 'user' | 'admin';
  isSuspended: boolean;
  /** Closed for good: it can be neither changed nor signed in to, and is gone soon. */
  isBeingDeleted: boolean;
  createdAt: number;
  /** The last use of a session, token or key that still exists. */
  lastSeenAt: number | null;
  /** Changes with each change; a form that carries an old one is refused. */
  version: number;
};

type Deps = {
  db: Db;
  passwords: Passwords;
  newId: NewId;
  now: () => number;
  signIns: Pick<SignIns, 'endings' | 'endAll' | 'revoked'>;
  /** Stops the work of a person who was suspended. */
  suspended(userId: string): void;
};

/** Everybody's accounts, for administrators and the command line. There is always an administrator who can sign in. */
export function createPeople({ db, passwords, newId, now, signIns, suspended }: Deps) {
  const store = createPeopleStore(db);

  async function get(id: string): Promise<ManagedUserRow> {
    const row = await store.find(id);
    if (!row) throw notFound();
    return row;
  }

  /** A batch that changed nothing: the account is leaving, the form was stale, or nobody would be left to administer. */
  async function reasonOf(id: string, change: Change): Promise<AppError> {
    const row = await get(id);
    if (row.leaving_at !== null) return new AppError('being_deleted');
    const isStale = change.version !== undefined && change.version !== row.updated_at;
    return new AppError(isStale ? 'conflict' : 'last_admin');
  }

  async function change(id: string, wanted: Change): Promise<ManagedUser> {
    const hasNewRole = wanted.role !== undefined && wanted.role !== (await get(id)).role;
    // Suspension and a new role both sign the person out: what they may do from now on needs a new session.
    const endings = wanted.suspended || hasNewRole ? signIns.endings(id) : [];
    await store.change(id, wanted, now(), endings).catch(async (error: unknown) => {
      throw isAppError(error, 'conflict') ? await reasonOf(id, wanted) : error;
    });
    signIns.revoked(id);
    if (wanted.suspended) suspended(id);
    return toManagedUser(await get(id));
  }

  return {
    count: () => store.count(),

    /** By name, a page at a time; `cursor` is what the page before gave. @throws AppError `invalid` for a strange one */
    async list(view: { query?: string | undefined; limit: number; cursor?: string | undefined }) {
      const pattern = `%${nameKey(view.query ?? '').replace(/[\\%_]/g, '\\$&')}%`;
      const rows = await store.list(pattern, readCursor(view.cursor), view.limit + 1);
      const shown = rows.slice(0, view.limit);
      const last = shown.at(-1);
      const nextCursor = rows.length > shown.length && last ? writeCursor(last.username_key) : null;
      return { people: shown.map(toManagedUser), nextCursor };
    },

    /** @throws AppError `not_found` */
    get: async (id: string) => toManagedUser(await get(id)),
    /** @throws AppError `not_found` */
    async getByName(username: string): Promise<ManagedUser> {
      const row = await store.findByName(nameKey(username));
      if (!row) throw notFound();
      return toManagedUser(row);
    },

    /**
     * How the audit log names the account that somebody tried to get into. Undefined for a name that nobody has: it may
     * be a password typed into the wrong field.
     */
    async attempted(username: string) {
      const row = await store.findNamed(nameKey(username));
      return row && { kind: 'person', id: row.id, name: row.username };
    },

    /**
     * An account with the given password; without one nobody knows it, and a reset link opens the account.
     * @throws AppError `invalid`, `username_taken`
     */
    async create(input: { username: string; password?: string | undefined; role?: 'user' | 'admin' }) {
      const username = cleanName(input.username);
      if (input.password !== undefined) assertGoodPassword(input.password, username);
      const passwordHash = await passwords.hash(input.password ?? randomBytes(32).toString('base64url'));
      const { role = 'user' } = input;
      const person = { id: newId(), username, nameKey: nameKey(username), passwordHash, role, now: now() };
      if (!(await store.insert(person))) throw new AppError('username_taken');
      return toManagedUser(await get(person.id));
    },

    /**
     * Sets what is given, keeps the rest: two administrators with different fields do not undo each other.
     * @throws AppError `own_account` for oneself, `last_admin`, `conflict` when `version` is old, `being_deleted`,
     * `not_found`
     */
    async change(actor: Actor, id: string, wanted: Change): Promise<ManagedUser> {
      await get(id);
      if (id === actor.id && (wanted.role === 'user' || wanted.suspended)) throw new AppError('own_account');
      return change(id, wanted);
    },

    /** The same for the owner of the machine, who may change every account. */
    changeFromOutside: change,

    /** Ends every session and token; API keys stay. @throws AppError `not_found` */
    async signOut(id: string): Promise<void> {
      await get(id);
      await signIns.endAll(id);
    },

    /**
     * For the owner of the machine: ends sessions, tokens and reset links too.
     * @throws AppError `invalid`, `being_deleted`, `not_found`
     */
    async setPassword(id: string, password: string): Promise<void> {
      const { username } = await get(id);
      assertGoodPassword(password, username);
      const hash = await passwords.hash(password);
      await store.setPassword(id, hash, now(), signIns.endings(id)).catch(async (error: unknown) => {
        throw isAppError(error, 'conflict') ? await reasonOf(id, {}) : error;
      });
      signIns.revoked(id);
    },
  };
}

export type People = ReturnType<typeof createPeople>;

function toManagedUser(row: ManagedUserRow): ManagedUser {
  return {
    id: row.id,
    username: row.username,
    role: row.role,
    isSuspended: row.suspended_at !== null,
    isBeingDeleted: row.leaving_at !== null,
    createdAt: row.created_at,
    lastSeenAt: row.last_seen_at,
    version: row.updated_at,
  };
}

const writeCursor = (key: string) => Buffer.from(key).toString('base64url');

function readCursor(text: string | undefined): string {
  if (text === undefined) return '';
  if (!/^[\w-]{1,400}$/.test(text)) throw invalid('cursor', 'unknown_value');
  return Buffer.from(text, 'base64url').toString();
}
