import type { Db, Statement } from '../../platform/db/db.ts';

export const statements = {
  endLinks: 'delete from reset_links where user_id = ?',
  insertLink: `insert into reset_links (token_hash, user_id, created_by, created_at, expires_at)
    select ?, u.id, ?, ?, ? from users u where u.id = ? and u.leaving_at is null`,
  findLeaving: 'select id from users where id = ? and leaving_at is not null',
  findLinkUser: `select u.id, u.username from reset_links l join users u on u.id = l.user_id
    where l.token_hash = ? and l.expires_at > ? and u.leaving_at is null`,
  // The link is used by being deleted: of two at once only one changes a row.
  useLink: 'delete from reset_links where token_hash = ? and expires_at > ?',
  setPassword: 'update users set password_hash = ?, updated_at = ? where id = ? and leaving_at is null',
  purgeLinks: 'delete from reset_links where expires_at <= ?',
} as const;

/** One-time links to a new password, found by the hash of their token. */
export function createResetStore(db: Db) {
  return {
    /** A new link, and the end of the earlier ones. @throws AppError `conflict` when the person is gone or leaving */
    replaceLink: (link: {
      tokenHash: string;
      userId: string;
      createdBy: string | null;
      now: number;
      expiresAt: number;
    }) =>
      db.batch([
        { sql: statements.endLinks, params: [link.userId] },
        {
          sql: statements.insertLink,
          params: [link.tokenHash, link.createdBy, link.now, link.expiresAt, link.userId],
          mustChange: true,
        },
      ]),
    isLeaving: async (userId: string) => (await db.get(statements.findLeaving, [userId])) !== undefined,
    findLinkUser: (tokenHash: string, now: number) =>
      db.get<{ id: string; username: string }>(statements.findLinkUser, [tokenHash, now]),
    /** Uses the link up, sets the password and ends what `endings` end. @throws AppError `conflict` when it is used already */
    useLink: (
      link: { tokenHash: string; userId: string; passwordHash: string; now: number },
      endings: readonly Statement[],
    ) =>
      db.batch([
        { sql: statements.useLink, params: [link.tokenHash, link.now], mustChange: true },
        { sql: statements.setPassword, params: [link.passwordHash, link.now, link.userId], mustChange: true },
        ...endings,
        { sql: statements.endLinks, params: [link.userId] },
      ]),
    purge: (now: number): Statement => ({ sql: statements.purgeLinks, params: [now] }),
  };
}
