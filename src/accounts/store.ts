import { columnUpdates, flagValue } from '../platform/db/column-updates.ts';
import type { Db, Statement } from '../platform/db/db.ts';

export type UserRow = {
  id: string;
  username: string;
  password_hash: string;
  role: 'user' | 'admin';
  suspended_at: number | null;
  /** Since when the account is being deleted. */
  leaving_at: number | null;
  language: string | null;
  theme: string;
  time_zone: string | null;
  automatic_titles: number;
  created_at: number;
};

export type ThrottleRow = { points: number; expires_at: number };

const userColumns =
  'id, username, password_hash, role, suspended_at, leaving_at, language, theme, time_zone, automatic_titles, created_at';

export const statements = {
  findUser: `select ${userColumns} from users where id = ?`,
  findUserByName: `select ${userColumns} from users where username_key = ?`,
  // Somebody who comes while the last one is being deleted is the first one of a new Salon.
  countUsers: 'select count(*) as count from (select 1 from users where leaving_at is null limit 1)',
  setLanguage: 'update users set language = ?, updated_at = ? where id = ?',
  setTheme: 'update users set theme = ?, updated_at = ? where id = ?',
  setTimeZone: 'update users set time_zone = ?, updated_at = ? where id = ?',
  setAutomaticTitles: 'update users set automatic_titles = ?, updated_at = ? where id = ?',
  learnTimeZone: 'update users set time_zone = ?, updated_at = ? where id = ? and time_zone is null',
  updatePassword: `update users set password_hash = ?, updated_at = ?
    where id = ? and password_hash = ? and leaving_at is null`,

  findThrottle: 'select points, expires_at from throttles where key = ? and expires_at > ?',
  countThrottle: `insert into throttles (key, points, expires_at) values (?, 1, ?)
    on conflict (key) do update set
      points = case when throttles.expires_at <= ? then 1 else throttles.points + 1 end,
      expires_at = case when throttles.expires_at <= ? then excluded.expires_at else throttles.expires_at end
    returning points, expires_at`,
  deleteThrottle: 'delete from throttles where key = ?',
  purgeThrottles: 'delete from throttles where expires_at <= ?',

  findSecret: 'select value from app_secrets where name = ?',
  insertSecret: 'insert into app_secrets (name, value) values (?, ?) on conflict (name) do nothing',
} as const;

/** Accounts and sign-in counters as rows. */
export function createAccountStore(db: Db) {
  return {
    findUser: (id: string) => db.get<UserRow>(statements.findUser, [id]),
    findUserByName: (nameKey: string) => db.get<UserRow>(statements.findUserByName, [nameKey]),
    hasUsers: async () => ((await db.get<{ count: number }>(statements.countUsers))?.count ?? 0) > 0,
    /** Writes what is given; what is undefined stays as it is. @throws AppError `not_found` */
    changePreferences: (
      id: string,
      change: {
        language?: string | null | undefined;
        theme?: string | undefined;
        timeZone?: string | undefined;
        automaticTitles?: boolean | undefined;
      },
      now: number,
    ) =>
      db.batch(
        columnUpdates(
          [
            [statements.setLanguage, change.language],
            [statements.setTheme, change.theme],
            [statements.setTimeZone, change.timeZone],
            [statements.setAutomaticTitles, flagValue(change.automaticTitles)],
          ],
          [now, id],
        ),
      ),
    learnTimeZone: (id: string, zone: string, now: number) =>
      db.run(statements.learnTimeZone, [zone, now, id]),
    /** Changes the hash and, together with it, what `endings` end. @throws AppError `conflict` when the hash has changed meanwhile */
    updatePassword: (
      user: { id: string; oldHash: string; newHash: string; now: number },
      endings: readonly Statement[],
    ) =>
      db.batch([
        {
          sql: statements.updatePassword,
          params: [user.newHash, user.now, user.id, user.oldHash],
          mustChange: true,
        },
        ...endings,
      ]),

    findThrottle: (key: string, now: number) => db.get<ThrottleRow>(statements.findThrottle, [key, now]),
    /** One failure more. @returns the counter afterwards */
    countThrottle: async (key: string, expiresAt: number, now: number): Promise<ThrottleRow> =>
      (await db.all<ThrottleRow>(statements.countThrottle, [key, expiresAt, now, now]))[0] ?? {
        points: 1,
        expires_at: expiresAt,
      },
    deleteThrottle: (key: string) => db.run(statements.deleteThrottle, [key]),
    throttleRemoval: (key: string): Statement => ({ sql: statements.deleteThrottle, params: [key] }),

    /** Removes old counters, and together with them what `more` removes. */
    purge: (now: number, more: readonly Statement[]) =>
      db.batch([{ sql: statements.purgeThrottles, params: [now] }, ...more]),

    /** The stored value, or the given one once stored: two processes at once end with the same. */
    async keepSecret(name: string, fresh: string): Promise<string> {
      await db.run(statements.insertSecret, [name, fresh]);
      return (await db.get<{ value: string }>(statements.findSecret, [name]))?.value ?? fresh;
    },
  };
}

export type AccountStore = ReturnType<typeof createAccountStore>;
