import type { Db, Statement } from '../../platform/db/db.ts';

export type ApiKeyRow = {
  id: string;
  user_id: string;
  name: string;
  hint: string;
  scopes: string;
  created_at: number;
  expires_at: number | null;
  last_used_at: number | null;
};
export type NewApiKey = {
  id: string;
  userId: string;
  name: string;
  keyHash: string;
  hint: string;
  scopes: string;
  now: number;
  expiresAt: number | null;
};

const columns = 'id, user_id, name, hint, scopes, created_at, expires_at, last_used_at';

export const statements = {
  findApiKey: `select ${columns} from api_keys where key_hash = ?`,
  findApiKeyById: `select ${columns} from api_keys where id = ? and user_id = ?`,
  listApiKeys: `select ${columns} from api_keys where user_id = ? order by created_at desc, id desc`,
  // The limit is inside the statement, so that many at once cannot pass it.
  insertApiKey: `insert into api_keys (id, user_id, name, key_hash, hint, scopes, created_at, expires_at)
    select ?, ?, ?, ?, ?, ?, ?, ? where (select count(*) from api_keys where user_id = ?) < ?`,
  touchApiKey: `update api_keys set last_used_at = ?
    where id = ? and (last_used_at is null or last_used_at <= ?)`,
  deleteApiKey: 'delete from api_keys where id = ? and user_id = ?',
  deleteApiKeys: 'delete from api_keys where user_id = ?',
} as const;

/** Personal API keys as rows; a key itself only as a hash. */
export function createApiKeyStore(db: Db) {
  return {
    find: (keyHash: string) => db.get<ApiKeyRow>(statements.findApiKey, [keyHash]),
    findById: (id: string, userId: string) => db.get<ApiKeyRow>(statements.findApiKeyById, [id, userId]),
    list: (userId: string) => db.all<ApiKeyRow>(statements.listApiKeys, [userId]),
    /** @returns false when the person has `most` keys already */
    insert: async (key: NewApiKey, most: number) =>
      (await db.run(statements.insertApiKey, [
        ...[key.id, key.userId, key.name, key.keyHash, key.hint, key.scopes, key.now, key.expiresAt],
        ...[key.userId, most],
      ])) > 0,
    touch: (id: string, now: number, unlessSince: number) =>
      db.run(statements.touchApiKey, [now, id, unlessSince]),
    remove: (id: string, userId: string) => db.run(statements.deleteApiKey, [id, userId]),
    /** To be put into the batch of the change that ends them. */
    removeAll: (userId: string): Statement => ({ sql: statements.deleteApiKeys, params: [userId] }),
  };
}

export type ApiKeyStore = ReturnType<typeof createApiKeyStore>;
