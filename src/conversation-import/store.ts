import type { Db, Statement } from '../platform/db/db.ts';

export type ImportRow = {
  id: string;
  owner_id: string;
  name: string;
  bytes: number;
  /** Below the folder of imports; null once it is removed. */
  file: string | null;
  preview_job_id: string | null;
  preview: string | null;
  job_id: string | null;
  report: string | null;
  created_at: number;
};

const columns = 'id, owner_id, name, bytes, file, preview_job_id, preview, job_id, report, created_at';

export const statements = {
  insert: `insert into imports (id, owner_id, name, bytes, file, created_at)
    select ?, u.id, ?, ?, ?, ? from users u where u.id = ?`,
  find: `select ${columns} from imports where id = ? and owner_id = ?`,
  findByJob: `select ${columns} from imports where owner_id = ? and (job_id = ? or preview_job_id = ?)`,
  list: `select ${columns} from imports where owner_id = ? order by created_at desc, id desc limit ?`,
  setPreviewJob: `update imports set preview_job_id = ? where id = ? and owner_id = ? and file is not null`,
  setJob: `update imports set job_id = ? where id = ? and owner_id = ? and job_id is null and file is not null`,
  savePreview: 'update imports set preview = ? where id = ? and owner_id = ?',
  saveReport: 'update imports set report = ? where id = ? and owner_id = ?',
  dropFile: 'update imports set file = null where id = ? and owner_id = ?',
  remove: 'delete from imports where id = ? and owner_id = ?',
  // What nobody started is not kept for long; what runs or waits is.
  listStale: `select ${columns} from imports i where i.file is not null and i.created_at < ? and not exists
    (select 1 from jobs j where j.id in (i.job_id, i.preview_job_id) and j.status in ('queued', 'running')) limit ?`,
  listFiles: 'select file from imports where file is not null',
} as const;

/** Archives that were brought in, as rows: each through its owner. */
export function createImportsStore(db: Db) {
  const one = (sql: string, params: Statement['params'], mustChange: Statement['mustChange'] = false) =>
    ({ sql, params, mustChange }) satisfies Statement;
  return {
    insert: (row: Pick<ImportRow, 'id' | 'owner_id' | 'name' | 'bytes' | 'file' | 'created_at'>) =>
      db.run(statements.insert, [row.id, row.name, row.bytes, row.file, row.created_at, row.owner_id]),
    find: (id: string, ownerId: string) => db.get<ImportRow>(statements.find, [id, ownerId]),
    findByJob: (jobId: string, ownerId: string) =>
      db.get<ImportRow>(statements.findByJob, [ownerId, jobId, jobId]),
    list: (ownerId: string, limit: number) => db.all<ImportRow>(statements.list, [ownerId, limit]),
    previewJob: (jobId: string, id: string, ownerId: string) =>
      one(statements.setPreviewJob, [jobId, id, ownerId], 'conflict'),
    job: (jobId: string, id: string, ownerId: string) =>
      one(statements.setJob, [jobId, id, ownerId], 'conflict'),
    save: (kind: 'preview' | 'report', text: string, { id, owner_id: ownerId }: ImportRow) =>
      db.run(kind === 'preview' ? statements.savePreview : statements.saveReport, [text, id, ownerId]),
    dropFile: (id: string, ownerId: string) => db.run(statements.dropFile, [id, ownerId]),
    remove: (id: string, ownerId: string) => db.run(statements.remove, [id, ownerId]),
    listStale: (before: number, limit: number) => db.all<ImportRow>(statements.listStale, [before, limit]),
    listFiles: async () => (await db.all<{ file: string }>(statements.listFiles)).map(({ file }) => file),
  };
}

export type ImportsStore = ReturnType<typeof createImportsStore>;
