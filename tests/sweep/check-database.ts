import type Sqlite from 'better-sqlite3';
import type { Journal, Promised } from './journal.ts';

/** The file is whole, and so are its references. */
export function checkFile(db: Sqlite.Database, journal: Journal): void {
  const state = db.pragma('integrity_check', { simple: true });
  if (state !== 'ok') journal.violate('integrity', `integrity_check: ${String(state)}`);
  const broken = db.pragma('foreign_key_check') as unknown[];
  if (broken.length > 0)
    journal.violate('integrity', `foreign_key_check: ${JSON.stringify(broken.slice(0, 3))}`);
}

/** What must not be there once a server is ready, before anyone asked it for anything. Each gives rows when it is broken. */
const never: readonly (readonly [code: string, what: string, sql: string])[] = [
  [
    'left unfinished',
    'a reply of an earlier process runs',
    `select id, status from messages where status in ('queued', 'running')`,
  ],
  ['left unfinished', 'a piece of a reply was not joined', 'select reply_id from reply_pieces'],
  [
    'left unfinished',
    'a reply that is no reply',
    `select m.id from messages m left join messages q on q.id = m.parent_id
      where m.role = 'assistant' and (m.status is null or q.role is not 'user')`,
  ],
  [
    'lost',
    'a question without a reply',
    `select q.id from messages q where q.role = 'user' and not exists (select 1 from messages r where r.parent_id = q.id)`,
  ],
  [
    'twice',
    'a client id twice',
    'select owner_id, client_id from messages where client_id is not null group by 1, 2 having count(*) > 1',
  ],
  ['twice', 'a name twice', 'select lower(username) from users group by 1 having count(*) > 1'],
  [
    'image',
    'an image waits for a job that is over',
    `select i.id, j.status from images i left join jobs j on j.id = i.job_id
      where i.status = 'pending' and (j.status is null or j.status not in ('queued', 'running'))`,
  ],
  [
    'image',
    'a complete job lacks an image',
    `select i.id, i.status from images i join jobs j on j.id = i.job_id
      where j.status = 'complete' and i.status <> 'ready' and i.deleted_at is null`,
  ],
  [
    'image',
    'a ready image without a file name',
    `select i.id from images i left join files f on f.id = i.file_id where i.status = 'ready'
      and (f.place is null or i.filename is null or f.sha256 is null or f.state not in ('ready', 'trashed'))`,
  ],
  [
    'accounts',
    'people without an admin',
    `select 1 where exists (select 1 from users) and not exists (select 1 from users where role = 'admin')`,
  ],
  ['accounts', 'two admins', `select id from users where role = 'admin' limit 1 offset 1`],
  [
    'tree',
    'an answer before its question',
    `select m.id from messages m join messages p on p.id = m.parent_id
      where p.seq >= m.seq or p.conversation_id <> m.conversation_id or p.owner_id <> m.owner_id`,
  ],
  [
    'tree',
    'a conversation without its end',
    `select c.id from conversations c where exists (select 1 from messages m where m.conversation_id = c.id)
      and not exists (select 1 from messages m where m.conversation_id = c.id and m.id = c.leaf_id)`,
  ],
  [
    'privacy',
    'an image in the conversation of another',
    'select i.id from images i join messages m on m.id = i.message_id where m.owner_id <> i.owner_id',
  ],
];

/**
 * Call on the file that a kill left. A job's images get their end before the job gets its own; only cancelling a job
 * that waits is the other way round, which the next start makes good.
 */
export function checkKilled(db: Sqlite.Database, journal: Journal): void {
  const rows = db
    .prepare(
      `select i.id, j.status from images i join jobs j on j.id = i.job_id
        where i.status = 'pending' and j.status in ('complete', 'failed')`,
    )
    .all();
  if (rows.length > 0)
    journal.violate('image', `images that nobody makes any more: ${JSON.stringify(rows.slice(0, 3))}`);
}

/** Call when a server has just become ready. */
export function checkStart(db: Sqlite.Database, journal: Journal): void {
  for (const [code, what, sql] of never) {
    const rows = db.prepare(sql).all();
    if (rows.length > 0) journal.violate(code, `${what}: ${JSON.stringify(rows.slice(0, 3))}`);
  }
}

/** What was answered is there, as it was answered. */
export function checkPromises(db: Sqlite.Database, promises: readonly Promised[], journal: Journal): void {
  for (const { what, sql, params, expected } of promises) {
    const row = db.prepare(sql).get(...params) as { value: unknown } | undefined;
    if (row?.value !== expected)
      journal.violate(
        'lost',
        `${what} is ${JSON.stringify(row?.value)} instead of ${JSON.stringify(expected)}`,
      );
  }
  journal.count('promises checked', promises.length);
}
