import type { Db, Statement } from '../platform/db/db.ts';

export type ImageRow = {
  id: string;
  owner_id: string;
  job_id: string | null;
  message_id: string | null;
  position: number;
  status: 'pending' | 'ready' | 'failed';
  filename: string | null;
  path: string | null;
  title: string | null;
  favourite: number;
  prompt: string;
  first_prompt: string;
  new_prompt: string | null;
  model: string | null;
  size: string | null;
  quality: string | null;
  background: string | null;
  format: string;
  width: number | null;
  height: number | null;
  bytes: number | null;
  sha256: string | null;
  error: string | null;
  created_at: number;
};

const columns = [
  'id, owner_id, job_id, message_id, position, status, filename, path, title, favourite, prompt, first_prompt',
  'new_prompt, model, size, quality, background, format, width, height, bytes, sha256, error, created_at',
].join(', ');

export const statements = {
  insert: `insert into images
      (id, owner_id, job_id, message_id, position, status, prompt, first_prompt, model, size, quality, background, format, created_at)
    select ?, j.owner_id, j.id, ?, ?, 'pending', ?, ?, ?, ?, ?, ?, ?, ? from jobs j where j.id = ?`,
  find: `select ${columns} from images where id = ? and owner_id = ? and deleted_at is null`,
  findByFilename: `select ${columns} from images where filename = ? and owner_id = ? and deleted_at is null`,
  listReady: `select ${columns} from images where owner_id = ? and deleted_at is null and status = 'ready'
    order by created_at desc, id desc limit ? offset ?`,
  countReady: `select count(*) as count from images where owner_id = ? and deleted_at is null and status = 'ready'`,
  listOfJob: `select ${columns} from images where job_id = ? and deleted_at is null order by position`,
  listOfMessage: `select ${columns} from images where message_id = ? and owner_id = ? and deleted_at is null order by position`,
  jobOfMessage:
    'select job_id from images where message_id = ? and owner_id = ? and job_id is not null limit 1',
  listPending: `select ${columns} from images where job_id = ? and status = 'pending' and deleted_at is null order by position`,
  describe: `update images set filename = ?, path = ?, provider_id = ?, model = ?, new_prompt = ?, prompt = ?,
      width = ?, height = ?, bytes = ?, sha256 = ? where id = ? and status = 'pending'`,
  ready: `update images set status = 'ready', error = null, ready_at = ?
    where id = ? and status = 'pending' and path is not null`,
  failPending: `update images set status = 'failed', error = ?, filename = null, path = null
    where job_id = ? and status = 'pending'`,
  waitAgain: `update images set status = 'pending', error = null
    where job_id = ? and status = 'failed' and deleted_at is null`,
  failOrphans: `update images set status = 'failed', error = ?, filename = null, path = null
    where status = 'pending' and not exists
    (select 1 from jobs j where j.id = images.job_id and j.status in ('queued', 'running'))`,
  change: 'update images set title = ?, favourite = ? where id = ? and owner_id = ? and deleted_at is null',
  remove: 'update images set deleted_at = ? where id = ? and owner_id = ? and deleted_at is null',
  restore: 'update images set deleted_at = null where id = ? and owner_id = ? and deleted_at is not null',
} as const;

export type NewImage = {
  id: string;
  messageId: string | null;
  position: number;
  prompt: string;
  model: string | null;
  size: string | null;
  quality: string | null;
  background: string | null;
  format: string;
  now: number;
};

export type ImageDescription = {
  id: string;
  filename: string;
  path: string;
  providerId: string;
  model: string;
  newPrompt: string | null;
  prompt: string;
  width: number;
  height: number;
  bytes: number;
  sha256: string;
};

/** Pictures as rows: one for each picture that was asked for, from the moment it was asked for. */
export function createImageStore(db: Db) {
  return {
    insertion: (jobId: string, image: NewImage): Statement => ({
      sql: statements.insert,
      params: [
        ...[image.id, image.messageId, image.position, image.prompt, image.prompt, image.model],
        ...[image.size, image.quality, image.background, image.format, image.now, jobId],
      ],
    }),
    find: (id: string, ownerId: string) => db.get<ImageRow>(statements.find, [id, ownerId]),
    findByFilename: (filename: string, ownerId: string) =>
      db.get<ImageRow>(statements.findByFilename, [filename, ownerId]),
    listReady: (ownerId: string, limit: number, offset: number) =>
      db.all<ImageRow>(statements.listReady, [ownerId, limit, offset]),
    countReady: async (ownerId: string) =>
      (await db.get<{ count: number }>(statements.countReady, [ownerId]))?.count ?? 0,
    listOfJob: (jobId: string) => db.all<ImageRow>(statements.listOfJob, [jobId]),
    listOfMessage: (messageId: string, ownerId: string) =>
      db.all<ImageRow>(statements.listOfMessage, [messageId, ownerId]),
    jobOfMessage: async (messageId: string, ownerId: string) =>
      (await db.get<{ job_id: string }>(statements.jobOfMessage, [messageId, ownerId]))?.job_id,
    listPending: (jobId: string) => db.all<ImageRow>(statements.listPending, [jobId]),
    /** Says what the file of a pending picture will be, before it is written. */
    describe: (image: ImageDescription) =>
      db.run(statements.describe, [
        ...[image.filename, image.path, image.providerId, image.model, image.newPrompt, image.prompt],
        ...[image.width, image.height, image.bytes, image.sha256, image.id],
      ]),
    ready: (id: string, now: number) => db.run(statements.ready, [now, id]),
    failPending: (jobId: string, error: string) => db.run(statements.failPending, [error, jobId]),
    waitingAgain: (jobId: string): Statement => ({ sql: statements.waitAgain, params: [jobId] }),
    failOrphans: (error: string) => db.run(statements.failOrphans, [error]),
    change: (image: { id: string; ownerId: string; title: string | null; favourite: boolean }) =>
      db.run(statements.change, [image.title, Number(image.favourite), image.id, image.ownerId]),
    remove: (id: string, ownerId: string, now: number) => db.run(statements.remove, [now, id, ownerId]),
    restore: (id: string, ownerId: string) => db.run(statements.restore, [id, ownerId]),
  };
}

export type ImageStore = ReturnType<typeof createImageStore>;
