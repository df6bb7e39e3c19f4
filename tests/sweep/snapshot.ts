import Sqlite from 'better-sqlite3';
import { join } from 'node:path';

export type StoredMessage = {
  id: string;
  client_id: string | null;
  parent_id: string | null;
  kind: string;
  content: string;
  status: string | null;
  finish_reason: string | null;
  username: string;
};
export type StoredJob = { id: string; client_id: string; status: string; username: string };
export type StoredImage = { id: string; job_id: string; message_id: string | null; status: string };
export type Snapshot = ReturnType<typeof readSnapshot>;

/** A second connection to the database of a server that is running, for reading only. */
export const openReader = (dir: string) =>
  new Sqlite(join(dir, 'data', 'salon.db'), { readonly: true, timeout: 5000 });

const message = `select m.id, m.client_id, m.parent_id, m.kind, m.content, m.status, m.finish_reason, u.username
  from messages m join users u on u.id = m.owner_id`;

/** All that was stored since a moment (ms of the wall clock), in one transaction. */
export function readSnapshot(db: Sqlite.Database, since: number) {
  const all = <Row>(sql: string) => db.prepare(sql).all(since) as Row[];
  return db.transaction(() => {
    const messages =
      all<StoredMessage>(`select m.id, m.client_id, m.parent_id, m.kind, m.content, m.status, m.finish_reason,
      u.username from messages m join users u on u.id = m.owner_id where m.created_at >= ?`);
    const jobs =
      all<StoredJob>(`select j.id, j.client_id, j.status, u.username from jobs j join users u on u.id = j.owner_id
      where j.created_at >= ?`);
    const images = all<StoredImage>(
      'select id, job_id, message_id, status from images where created_at >= ?',
    );
    return {
      questions: groupBy(messages, ({ client_id }) => client_id ?? ''),
      replies: groupBy(messages, ({ parent_id, status }) => (status ? (parent_id ?? '') : '')),
      /** Of any age, as it is when it is asked for. */
      message: (id: string) => db.prepare(`${message} where m.id = ?`).get(id) as StoredMessage | undefined,
      jobs: groupBy(jobs, ({ client_id }) => client_id),
      images: groupBy(images, ({ job_id }) => job_id),
    };
  })();
}

/** @returns a look-up that gives an empty list for an unknown key */
function groupBy<Row>(rows: readonly Row[], keyOf: (row: Row) => string): (key: string) => readonly Row[] {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const key = keyOf(row);
    const group = groups.get(key);
    if (group) group.push(row);
    else groups.set(key, [row]);
  }
  return (key) => groups.get(key) ?? [];
}
