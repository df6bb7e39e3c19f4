import type { Db, Statement } from '../../platform/db/db.ts';

export type KeyRow = {
  id: string;
  hint: string;
  note: string | null;
  max_uses: number;
  uses: number;
  created_by_name: string | null;
  created_at: number;
  expires_at: number | null;
  revoked_at: number | null;
};
export type KeyUseRow = { username: string | null; used_at: number };
export type NewKey = {
  id: string;
  keyHash: string;
  hint: string;
  note: string | null;
  maxUses: number;
  createdBy: string;
  expiresAt: number | null;
};
export type NewUser = {
  id: string;
  username: string;
  nameKey: string;
  passwordHash: string;
  timeZone: string | null;
};

const columns = `k.id, k.hint, k.note, k.max_uses, k.uses, u.username as created_by_name, k.created_at, k.expires_at,
  k.revoked_at`;
/** Good for one more account: the same condition where a key is looked at and where it is used. */
const isGood = 'revoked_at is null and uses < max_uses and (expires_at is null or expires_at > ?)';
/** An account that is being deleted counts as gone; only its name is taken until it is. */
const somebody = 'exists (select 1 from users where leaving_at is null)';
/** The very first account is the admin; decided inside the statement, so that two at once cannot both be. */
const newUser = `insert into users (id, username, username_key, password_hash, role, time_zone, created_at, updated_at)
  select ?, ?, ?, ?, case when ${somebody} then 'user' else 'admin' end, ?, ?, ?`;

export const statements = {
  insertUser: `${newUser} where true on conflict (username_key) do nothing`,
  // Where registration is not open, the first account needs no key; it must still be the first when it is written.
  insertFirstUser: `${newUser} where not ${somebody} on conflict (username_key) do nothing`,
  findGoodKey: `select id from registration_keys where key_hash = ? and ${isGood}`,
  useKey: `update registration_keys set uses = uses + 1 where key_hash = ? and ${isGood}`,
  insertKeyUse: `insert into registration_key_uses (id, key_id, user_id, used_at)
    select ?, k.id, ?, ? from registration_keys k where k.key_hash = ?`,
  insertKey: `insert into registration_keys (id, key_hash, hint, note, max_uses, created_by, created_at, expires_at)
    values (?, ?, ?, ?, ?, ?, ?, ?) on conflict (key_hash) do nothing`,
  listKeys: `select ${columns} from registration_keys k left join users u on u.id = k.created_by
    where (k.created_at, k.id) < (?, ?) order by k.created_at desc, k.id desc limit ?`,
  findKey: `select ${columns} from registration_keys k left join users u on u.id = k.created_by where k.id = ?`,
  listKeyUses: `select u.username, x.used_at from registration_key_uses x left join users u on u.id = x.user_id
    where x.key_id = ? order by x.used_at desc, x.id desc limit ?`,
  revokeKey: 'update registration_keys set revoked_at = coalesce(revoked_at, ?) where id = ?',
} as const;

/** New accounts, and the keys that let people make them. */
export function createRegistrationStore(db: Db) {
  const insertion = (sql: string, user: NewUser, now: number): Statement => ({
    sql,
    params: [...[user.id, user.username, user.nameKey, user.passwordHash], ...[user.timeZone, now, now]],
    mustChange: true,
  });
  return {
    isGoodKey: async (keyHash: string, now: number) =>
      (await db.get(statements.findGoodKey, [keyHash, now])) !== undefined,
    /** @throws AppError `conflict` when the name is taken */
    insertUser: (user: NewUser, now: number) => db.batch([insertion(statements.insertUser, user, now)]),
    /** @throws AppError `conflict` when somebody is there already */
    insertFirstUser: (user: NewUser, now: number) =>
      db.batch([insertion(statements.insertFirstUser, user, now)]),
    /** Account and use of the key together or neither. @throws AppError `conflict`: name taken, or the key is used up */
    insertUserByKey: (user: NewUser, use: { id: string; keyHash: string; now: number }) =>
      db.batch([
        { sql: statements.useKey, params: [use.keyHash, use.now], mustChange: true },
        insertion(statements.insertUser, user, use.now),
        { sql: statements.insertKeyUse, params: [use.id, user.id, use.now, use.keyHash], mustChange: true },
      ]),
    /** @returns for each key whether it is new */
    insertKeys: async (keys: readonly NewKey[], now: number): Promise<boolean[]> =>
      (
        await db.batch(
          keys.map((key) => ({
            sql: statements.insertKey,
            params: [
              ...[key.id, key.keyHash, key.hint, key.note],
              ...[key.maxUses, key.createdBy, now, key.expiresAt],
            ],
          })),
        )
      ).map((changes) => changes > 0),
    listKeys: (before: { createdAt: number; id: string }, limit: number) =>
      db.all<KeyRow>(statements.listKeys, [before.createdAt, before.id, limit]),
    findKey: (id: string) => db.get<KeyRow>(statements.findKey, [id]),
    listKeyUses: (keyId: string, limit: number) => db.all<KeyUseRow>(statements.listKeyUses, [keyId, limit]),
    revokeKey: (id: string, now: number) => db.run(statements.revokeKey, [now, id]),
  };
}
