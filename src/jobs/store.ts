import type { Db, Statement } from '../platform/db/db.ts';

export type JobStatus = 'queued' | 'running' | 'complete' | 'failed' | 'cancelled' | 'unknown';

export type JobRow = {
  id: string;
  owner_id: string;
  kind: string;
  status: JobStatus;
  input: string;
  progress: number;
  error: string | null;
  attempts: number;
  claim: string | null;
  sent_at: number | null;
  created_at: number;
  ended_at: number | null;
};

const columns =
  'id, owner_id, kind, status, input, progress, error, attempts, claim, sent_at, created_at, ended_at';

export const statements = {
  insert: `insert into jobs (id, owner_id, kind, client_id, status, input, created_at)
    select ?, ?, ?, ?, 'queued', ?, ?
    where (select count(*) from active_work w where w.owner_id = ?) < ?
    on conflict (owner_id, client_id) do nothing`,
  insertDone: `insert into jobs (id, owner_id, kind, status, input, progress, created_at, ended_at)
    select ?, u.id, ?, 'complete', ?, 100, ?, ? from users u where u.id = ?`,
  find: `select ${columns} from jobs where id = ? and owner_id = ?`,
  findByClientId: `select ${columns} from jobs where owner_id = ? and client_id = ?`,
  countAhead: `select count(*) as count from jobs where status = 'queued' and kind = ? and (created_at, id) < (?, ?)`,
  listOpen: `select ${columns} from jobs where owner_id = ? and kind = ?
      and (status in ('queued', 'running') or (status in ('failed', 'unknown') and ended_at > ?))
    order by created_at desc, id desc limit ?`,
  // Those who have the fewest running come first, so that one person's flood does not keep out another's first job.
  claim: `update jobs set status = 'running', claim = ?, started_at = ?, heartbeat_at = ?, attempts = attempts + 1
    where status = 'queued' and id = (select j.id from jobs j where j.status = 'queued' and j.kind = ?
        and not exists (select 1 from users u where u.id = j.owner_id
          and (u.suspended_at is not null or u.leaving_at is not null))
      order by (select count(*) from jobs r where r.status = 'running' and r.owner_id = j.owner_id), j.created_at, j.id
      limit 1)
    returning ${columns}`,
  markSent: `update jobs set sent_at = ? where id = ? and claim = ? and status = 'running'`,
  progress: `update jobs set progress = ?, heartbeat_at = ? where id = ? and claim = ? and status = 'running'`,
  finish: `update jobs set status = ?, error = ?, progress = case when ? = 'complete' then 100 else progress end, ended_at = ?
    where id = ? and claim = ? and status = 'running'`,
  cancelQueued: `update jobs set status = 'cancelled', ended_at = ? where id = ? and owner_id = ? and status = 'queued'`,
  retry: `update jobs set status = 'queued', error = null, progress = 0, claim = null, sent_at = null, ended_at = null
    where id = ? and owner_id = ? and status in ('failed', 'cancelled', 'unknown')
      and (select count(*) from active_work w where w.owner_id = jobs.owner_id) < ?`,
  // A job whose paid call was not yet sent can run again; of one that was sent nobody knows how it ended.
  requeueUnsent: `update jobs set status = 'queued', claim = null where status = 'running' and sent_at is null`,
  queueAgain: `update jobs set status = 'queued', claim = null
    where id = ? and claim = ? and status = 'running' and sent_at is null`,
  liveOf: `select id from jobs where owner_id = ? and status in ('queued', 'running')`,
  listSent: `select ${columns} from jobs where status = 'running' and sent_at is not null`,
} as const;

/** Jobs as rows. A claim is the right to write a job's end; a worker that lost it changes nothing. */
export function createJobStore(db: Db) {
  return {
    insertion: (job: {
      id: string;
      ownerId: string;
      kind: string;
      clientId?: string | undefined;
      input: string;
      now: number;
      maxActive: number;
    }): Statement => ({
      sql: statements.insert,
      params: [
        job.id,
        job.ownerId,
        job.kind,
        job.clientId ?? null,
        job.input,
        job.now,
        job.ownerId,
        job.maxActive,
      ],
      mustChange: true,
    }),
    insertionOfDone: (job: {
      id: string;
      ownerId: string;
      kind: string;
      input: string;
      at: number;
    }): Statement => ({
      sql: statements.insertDone,
      params: [job.id, job.kind, job.input, job.at, job.at, job.ownerId],
    }),
    batch: (list: Statement[]) => db.batch(list),
    find: (id: string, ownerId: string) => db.get<JobRow>(statements.find, [id, ownerId]),
    findByClientId: (ownerId: string, clientId: string) =>
      db.get<JobRow>(statements.findByClientId, [ownerId, clientId]),
    countAhead: async (job: JobRow) =>
      (await db.get<{ count: number }>(statements.countAhead, [job.kind, job.created_at, job.id]))?.count ??
      0,
    listOpen: (ownerId: string, kind: string, endedAfter: number, limit: number) =>
      db.all<JobRow>(statements.listOpen, [ownerId, kind, endedAfter, limit]),
    claim: async (kind: string, claim: string, now: number) =>
      (await db.all<JobRow>(statements.claim, [claim, now, now, kind]))[0],
    markSent: (job: { id: string; claim: string }, now: number) =>
      db.run(statements.markSent, [now, job.id, job.claim]),
    progress: (job: { id: string; claim: string }, percent: number, now: number) =>
      db.run(statements.progress, [percent, now, job.id, job.claim]),
    finish: (
      job: { id: string; claim: string },
      end: { status: JobStatus; error: string | null; now: number },
    ) => db.run(statements.finish, [end.status, end.error, end.status, end.now, job.id, job.claim]),
    cancelQueued: (id: string, ownerId: string, now: number) =>
      db.run(statements.cancelQueued, [now, id, ownerId]),
    retrial: (id: string, ownerId: string, maxActive: number): Statement => ({
      sql: statements.retry,
      params: [id, ownerId, maxActive],
      mustChange: true,
    }),
    queueAgain: (job: { id: string; claim: string }) => db.run(statements.queueAgain, [job.id, job.claim]),
    liveOf: (ownerId: string) => db.all<{ id: string }>(statements.liveOf, [ownerId]),
    requeueUnsent: () => db.run(statements.requeueUnsent),
    listSent: () => db.all<JobRow>(statements.listSent),
  };
}

export type JobStore = ReturnType<typeof createJobStore>;
