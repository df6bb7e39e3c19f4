import type { Db, Statement } from '../../platform/db/db.ts';

export type FamilyRow = {
  id: string;
  user_agent: string | null;
  ip: string | null;
  created_at: number;
  refreshed_at: number;
};
export type RefreshRow = {
  family_id: string;
  user_id: string;
  used_at: number | null;
  expires_at: number;
};
export type NewFamily = {
  id: string;
  userId: string;
  tokenHash: string;
  userAgent: string | null;
  ip: string | null;
  now: number;
  expiresAt: number;
};

export const statements = {
  findFamily: 'select id from token_families where id = ? and user_id = ? and expires_at > ?',
  listFamilies: `select id, user_agent, ip, created_at, refreshed_at from token_families
    where user_id = ? and expires_at > ? order by refreshed_at desc, id desc limit ?`,
  insertFamily: `insert into token_families (id, user_id, user_agent, ip, created_at, refreshed_at, expires_at)
    values (?, ?, ?, ?, ?, ?, ?)`,
  dropOldest: `delete from token_families where user_id = ? and id not in
    (select id from token_families where user_id = ? order by refreshed_at desc, id desc limit ?)`,
  endFamily: 'delete from token_families where id = ? and user_id = ?',
  endFamilies: 'delete from token_families where user_id = ?',
  // The token of a suspended or leaving person counts as unknown; it is not used up, so it works after a suspension.
  findRefresh: `select r.family_id, f.user_id, r.used_at, r.expires_at from refresh_tokens r
    join token_families f on f.id = r.family_id
    join users u on u.id = f.user_id and u.suspended_at is null and u.leaving_at is null
    where r.token_hash = ?`,
  insertRefresh:
    'insert into refresh_tokens (token_hash, family_id, created_at, expires_at) values (?, ?, ?, ?)',
  useRefresh:
    'update refresh_tokens set used_at = ? where token_hash = ? and used_at is null and expires_at > ?',
  renewFamily: `update token_families set refreshed_at = ?, expires_at = ?, user_agent = ?, ip = ?
    where id = ?`,
  purgeFamilies: 'delete from token_families where expires_at <= ?',
  purgeRefresh: 'delete from refresh_tokens where expires_at <= ?',
} as const;

/** Token families (one sign-in of a client) and their refresh tokens as rows; tokens only as hashes. */
export function createTokenStore(db: Db) {
  const insertRefresh = (hash: string, family: string, now: number, expiresAt: number): Statement => ({
    sql: statements.insertRefresh,
    params: [hash, family, now, expiresAt],
  });
  return {
    hasFamily: async (id: string, userId: string, now: number) =>
      (await db.get(statements.findFamily, [id, userId, now])) !== undefined,
    list: (userId: string, now: number, most: number) =>
      db.all<FamilyRow>(statements.listFamilies, [userId, now, most]),
    /** A new family with its first refresh token; beyond `most` the one that was unused for longest goes. */
    insert: (family: NewFamily, most: number) =>
      db.batch([
        {
          sql: statements.insertFamily,
          params: [
            ...[family.id, family.userId, family.userAgent, family.ip],
            ...[family.now, family.now, family.expiresAt],
          ],
        },
        insertRefresh(family.tokenHash, family.id, family.now, family.expiresAt),
        { sql: statements.dropOldest, params: [family.userId, family.userId, most] },
      ]),
    findRefresh: (hash: string) => db.get<RefreshRow>(statements.findRefresh, [hash]),
    /**
     * Uses up one refresh token and stores the next, all or nothing. @throws AppError `conflict` when the old one was
     * used or its family ended meanwhile
     */
    rotate: (oldHash: string, next: Omit<NewFamily, 'userId'>) =>
      db.batch([
        { sql: statements.useRefresh, params: [next.now, oldHash, next.now], mustChange: true },
        {
          sql: statements.renewFamily,
          params: [next.now, next.expiresAt, next.userAgent, next.ip, next.id],
          mustChange: true,
        },
        insertRefresh(next.tokenHash, next.id, next.now, next.expiresAt),
      ]),
    end: (id: string, userId: string) => db.run(statements.endFamily, [id, userId]),
    /** To be put into the batch of the change that ends them. */
    endAll: (userId: string): Statement => ({ sql: statements.endFamilies, params: [userId] }),
    purge: (now: number): Statement[] => [
      { sql: statements.purgeFamilies, params: [now] },
      { sql: statements.purgeRefresh, params: [now] },
    ],
  };
}

export type TokenStore = ReturnType<typeof createTokenStore>;
