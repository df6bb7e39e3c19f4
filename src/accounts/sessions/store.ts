import type { Db, Statement } from '../../platform/db/db.ts';

export type SessionRow = { public_id: string; content: string; touched_at: number };
export type SessionListRow = {
  public_id: string;
  id_hash: string;
  user_agent: string | null;
  ip: string | null;
  created_at: number;
  touched_at: number;
};
export type SessionTimes = { idHash: string; now: number; expiresAt: number };
export type NewSession = SessionTimes & {
  content: string;
  publicId: string;
  userId: string | null;
  userAgent: string | null;
  ip: string | null;
};

export const statements = {
  findSession: 'select public_id, content, touched_at from sessions where id_hash = ? and expires_at > ?',
  findSessionOwner: 'select user_id from sessions where id_hash = ?',
  findOpenSession: 'select id_hash from sessions where public_id = ? and user_id = ? and expires_at > ?',
  insertSession: `insert into sessions
    (id_hash, public_id, user_id, content, user_agent, ip, created_at, touched_at, expires_at)
    values (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  renewSession: 'update sessions set touched_at = ?, expires_at = ? where id_hash = ?',
  deleteSession: 'delete from sessions where id_hash = ?',
  listSessions: `select public_id, id_hash, user_agent, ip, created_at, touched_at from sessions
    where user_id = ? and expires_at > ? order by touched_at desc, created_at desc limit ?`,
  endOneSession: 'delete from sessions where public_id = ? and user_id = ?',
  endOtherSessions: 'delete from sessions where user_id = ? and id_hash <> ?',
  purgeSessions: 'delete from sessions where expires_at <= ?',
} as const;

/** Sessions as rows. */
export function createSessionStore(db: Db) {
  return {
    find: (idHash: string, now: number) => db.get<SessionRow>(statements.findSession, [idHash, now]),
    async findOwner(idHash: string): Promise<string | undefined> {
      const row = await db.get<{ user_id: string | null }>(statements.findSessionOwner, [idHash]);
      return row?.user_id ?? undefined;
    },
    isOpen: async (publicId: string, userId: string, now: number) =>
      (await db.get(statements.findOpenSession, [publicId, userId, now])) !== undefined,
    insert: (session: NewSession) =>
      db.run(statements.insertSession, [
        ...[session.idHash, session.publicId, session.userId, session.content],
        ...[session.userAgent, session.ip, session.now, session.now, session.expiresAt],
      ]),
    renew: ({ idHash, now, expiresAt }: SessionTimes) =>
      db.run(statements.renewSession, [now, expiresAt, idHash]),
    remove: (idHash: string) => db.run(statements.deleteSession, [idHash]),
    list: (userId: string, now: number, most: number) =>
      db.all<SessionListRow>(statements.listSessions, [userId, now, most]),
    endOne: (publicId: string, userId: string) => db.run(statements.endOneSession, [publicId, userId]),
    /** To be put into the batch of the change that ends them. */
    endOthers: (userId: string, keepHash: string): Statement => ({
      sql: statements.endOtherSessions,
      params: [userId, keepHash],
    }),
    purge: (now: number): Statement => ({ sql: statements.purgeSessions, params: [now] }),
  };
}

export type SessionStore = ReturnType<typeof createSessionStore>;
