import { columnUpdates, flagValue } from '../platform/db/column-updates.ts';
import type { Db, Statement } from '../platform/db/db.ts';

export type ImageRow = {
  id: string;
  owner_id: string;
  job_id: string | null;
  message_id: string | null;
  position: number;
  status: 'pending' | 'ready' | 'failed';
  filename: string | null;
  file_id: string | null;
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
  deleted_at: number | null;
};

export type DeletedRow = Pick<ImageRow, 'id' | 'owner_id' | 'file_id'>;

const columns = [
  'i.id, i.owner_id, i.job_id, i.message_id, i.position, i.status, i.filename, i.file_id, i.title, i.favourite, i.prompt',
  'i.first_prompt, i.new_prompt, i.model, i.size, i.quality, i.background, i.format, i.width, i.height, f.bytes, f.sha256',
  'i.error, i.created_at, i.deleted_at',
].join(', ');
const from = `select ${columns} from images i left join files f on f.id = i.file_id`;

export const statements = {
  insert: `insert into images
      (id, owner_id, job_id, message_id, file_id, position, status, prompt, first_prompt, model, size, quality, background, format,
      created_at)
    select ?, j.owner_id, j.id, ?, ?, ?, 'pending', ?, ?, ?, ?, ?, ?, ?, ? from jobs j where j.id = ?`,
  find: `${from} where i.id = ? and i.owner_id = ? and i.deleted_at is null`,
  findDeleted: `${from} where i.id = ? and i.owner_id = ? and i.deleted_at is not null`,
  findByFilename: `${from} where i.filename = ? and i.owner_id = ? and i.deleted_at is null`,
  listReady: `${from} where i.owner_id = ? and i.deleted_at is null and i.status = 'ready'
    order by i.created_at desc, i.id desc limit ? offset ?`,
  countReady: `select count(*) as count from images where owner_id = ? and deleted_at is null and status = 'ready'`,
  listOfJob: `${from} where i.job_id = ? and i.deleted_at is null order by i.position`,
  jobOfMessage:
    'select job_id from images where first_message_id = ? and owner_id = ? and job_id is not null limit 1',
  listPending: `${from} where i.job_id = ? and i.status = 'pending' order by i.position`,
  listFailed: `${from} where i.job_id = ? and i.owner_id = ? and i.status = 'failed' and i.deleted_at is null
    order by i.position`,
  listOrphans: `${from} where i.status = 'pending' and not exists
    (select 1 from jobs j where j.id = i.job_id and j.status in ('queued', 'running')) order by i.id limit ?`,
  describe: `update images set filename = ?, provider_id = ?, model = ?, new_prompt = ?, prompt = ?,
      background = coalesce(?, background), width = ?, height = ?
    where id = ? and status = 'pending'`,
  ready: `update images set status = 'ready', error = null, ready_at = ? where id = ? and status = 'pending'`,
  fail: `update images set status = 'failed', error = ?, filename = null, file_id = null where id = ? and status = 'pending'`,
  waitAgain: `update images set status = 'pending', error = null, file_id = ?
    where id = ? and status = 'failed' and deleted_at is null`,
  setTitle: 'update images set title = ? where id = ? and owner_id = ? and deleted_at is null',
  setFavourite: 'update images set favourite = ? where id = ? and owner_id = ? and deleted_at is null',
  purge: 'delete from images where id = ? and owner_id = ? and deleted_at is not null',
  listDeleted: `select id, owner_id, file_id from images
    where owner_id = ? and deleted_at is not null and deleted_at <= ? order by deleted_at, id limit ?`,
  listExpired: `select id, owner_id, file_id from images
    where deleted_at is not null and deleted_at <= ? order by deleted_at, id limit ?`,
  remove: 'update images set deleted_at = ? where id = ? and owner_id = ? and deleted_at is null',
  restore: 'update images set deleted_at = null where id = ? and owner_id = ? and deleted_at is not null',
} as const;

export type NewImage = {
  id: string;
  messageId: string | null;
  fileId: string;
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
  providerId: string | null;
  model: string;
  newPrompt: string | null;
  prompt: string;
  /** Null: the one that was asked for. */
  background: string | null;
  width: number;
  height: number;
};

/** Images as rows: one for each image that was asked for, from the moment it was asked for. */
export function createImageStore(db: Db) {
  return {
    insertion: (jobId: string, image: NewImage): Statement => ({
      sql: statements.insert,
      params: [
        ...[image.id, image.messageId, image.fileId, image.position, image.prompt, image.prompt, image.model],
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
    jobOfMessage: async (messageId: string, ownerId: string) =>
      (await db.get<{ job_id: string }>(statements.jobOfMessage, [messageId, ownerId]))?.job_id,
    /** Those in the trash too: they are being made nevertheless. */
    listPending: (jobId: string) => db.all<ImageRow>(statements.listPending, [jobId]),
    listFailed: (jobId: string, ownerId: string) => db.all<ImageRow>(statements.listFailed, [jobId, ownerId]),
    /** Pending ones that no job will finish. */
    listOrphans: (limit: number) => db.all<ImageRow>(statements.listOrphans, [limit]),
    /** Says what a pending image will be, before its file is written. */
    description: (image: ImageDescription): Statement => ({
      sql: statements.describe,
      params: [
        ...[image.filename, image.providerId, image.model, image.newPrompt, image.prompt],
        ...[image.background, image.width, image.height, image.id],
      ],
    }),
    readiness: (id: string, now: number): Statement => ({ sql: statements.ready, params: [now, id] }),
    failure: (id: string, error: string): Statement => ({ sql: statements.fail, params: [error, id] }),
    waitingAgain: (id: string, fileId: string): Statement => ({
      sql: statements.waitAgain,
      params: [fileId, id],
      mustChange: true,
    }),
    /** Writes what is given; what is undefined stays as it is. @throws AppError `not_found` */
    change: (
      id: string,
      ownerId: string,
      change: { title?: string | null | undefined; favourite?: boolean | undefined },
    ) =>
      db.batch(
        columnUpdates(
          [
            [statements.setTitle, change.title],
            [statements.setFavourite, flagValue(change.favourite)],
          ],
          [id, ownerId],
        ),
      ),
    removal: (id: string, ownerId: string, now: number): Statement => ({
      sql: statements.remove,
      params: [now, id, ownerId],
      mustChange: 'not_found',
    }),
    findDeleted: (id: string, ownerId: string) => db.get<ImageRow>(statements.findDeleted, [id, ownerId]),
    restoration: (id: string, ownerId: string): Statement => ({
      sql: statements.restore,
      params: [id, ownerId],
      mustChange: 'not_found',
    }),
    purge: (id: string, ownerId: string): Statement => ({
      sql: statements.purge,
      params: [id, ownerId],
      mustChange: 'not_found',
    }),
    /** What was deleted up to an instant, by everybody or by one person; the oldest first. */
    listDeleted: (where: { before: number; ownerId?: string | undefined }, limit: number) =>
      where.ownerId === undefined
        ? db.all<DeletedRow>(statements.listExpired, [where.before, limit])
        : db.all<DeletedRow>(statements.listDeleted, [where.ownerId, where.before, limit]),
    batch: (list: readonly Statement[]) => db.batch(list),
  };
}

export type ImageStore = ReturnType<typeof createImageStore>;
