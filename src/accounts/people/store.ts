import type { Db, Statement } from '../../platform/db/db.ts';

export type ManagedUserRow = {
  id: string;
  username: string;
  username_key: string;
  role: 'user' | 'admin';
  suspended_at: number | null;
  leaving_at: number | null;
  created_at: number;
  updated_at: number;
  last_seen_at: number | null;
};

/** Neither hashes nor anything that people wrote: this is all that an administrator sees of them. */
const columns = `u.id, u.username, u.username_key, u.role, u.suspended_at, u.leaving_at, u.created_at, u.updated_at,
  (select max(seen.at) from (
    select max(s.touched_at) as at from sessions s where s.user_id = u.id
    union all select max(t.refreshed_at) from token_families t where t.user_id = u.id
    union all select max(k.last_used_at) from api_keys k where k.user_id = u.id) seen) as last_seen_at`;

/** Another administrator who is neither suspended nor leaving: decided inside the statement, so that two at once cannot both go. */
const hasOther = `exists (select 1 from users o
  where o.role = 'admin' and o.suspended_at is null and o.leaving_at is null and o.id <> users.id)`;

export const statements = {
  listPeople: `select ${columns} from users u where u.username_key > ? and u.username_key like ? escape '\\'
    order by u.username_key limit ?`,
  countPeople: 'select count(*) as count from users',
  findPerson: `select ${columns} from users u where u.id = ?`,
  findPersonByName: `select ${columns} from users u where u.username_key = ?`,
  findNamed: 'select id, username from users where username_key = ?',
  insertPerson: `insert into users (id, username, username_key, password_hash, role, created_at, updated_at)
    values (?, ?, ?, ?, ?, ?, ?) on conflict (username_key) do nothing`,
  // An account that is being deleted stays as it is. `?` is the version that the change was decided on, or null when it
  // was not told.
  assertChangeable: `update users set id = id
    where id = ? and leaving_at is null and updated_at = coalesce(?, updated_at)`,
  promote: `update users set role = 'admin', updated_at = ? where id = ?`,
  demote: `update users set role = 'user', updated_at = ? where id = ? and (role = 'user' or ${hasOther})`,
  suspend: `update users set suspended_at = coalesce(suspended_at, ?), updated_at = ?
    where id = ? and (role = 'user' or suspended_at is not null or ${hasOther})`,
  resume: 'update users set suspended_at = null, updated_at = ? where id = ?',
  setPassword: 'update users set password_hash = ?, updated_at = ? where id = ? and leaving_at is null',
  endResetLinks: 'delete from reset_links where user_id = ?',
} as const;

export type Change = {
  role?: 'user' | 'admin' | undefined;
  suspended?: boolean | undefined;
  version?: number | undefined;
};

/** People as administrators see them. */
export function createPeopleStore(db: Db) {
  const must = (sql: string, params: (string | number | null)[]) => ({ sql, params, mustChange: true });
  return {
    list: (pattern: string, after: string, limit: number) =>
      db.all<ManagedUserRow>(statements.listPeople, [after, pattern, limit]),
    count: async () => (await db.get<{ count: number }>(statements.countPeople))?.count ?? 0,
    find: (id: string) => db.get<ManagedUserRow>(statements.findPerson, [id]),
    findByName: (nameKey: string) => db.get<ManagedUserRow>(statements.findPersonByName, [nameKey]),
    /** Only who it is: as fast for a name that nobody has. */
    findNamed: (nameKey: string) =>
      db.get<Pick<ManagedUserRow, 'id' | 'username'>>(statements.findNamed, [nameKey]),
    /** @returns false when the name is taken */
    insert: async (person: {
      id: string;
      username: string;
      nameKey: string;
      passwordHash: string;
      role: 'user' | 'admin';
      now: number;
    }) => {
      const { id, username, nameKey, passwordHash, role, now } = person;
      return (
        (await db.run(statements.insertPerson, [id, username, nameKey, passwordHash, role, now, now])) > 0
      );
    },
    /** All of it or nothing, together with what `endings` end. @throws AppError `conflict` */
    change: (id: string, { role, suspended, version }: Change, now: number, endings: readonly Statement[]) =>
      db.batch([
        must(statements.assertChangeable, [id, version ?? null]),
        ...(role === 'admin' ? [must(statements.promote, [now, id])] : []),
        ...(role === 'user' ? [must(statements.demote, [now, id])] : []),
        ...(suspended === true ? [must(statements.suspend, [now, now, id])] : []),
        ...(suspended === false ? [must(statements.resume, [now, id])] : []),
        ...endings,
      ]),
    /** Ends reset links and what `endings` end together with the old password. @throws AppError `conflict` when gone or leaving */
    setPassword: (id: string, hash: string, now: number, endings: readonly Statement[]) =>
      db.batch([
        must(statements.setPassword, [hash, now, id]),
        ...endings,
        { sql: statements.endResetLinks, params: [id] },
      ]),
  };
}
