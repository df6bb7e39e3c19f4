import type { Db } from '../platform/db/db.ts';

export type SettingsRow = {
  every_hours: number;
  keep: number;
  version: number;
  next_at: number | null;
  last_at: number | null;
  last_kind: 'manual' | 'scheduled' | null;
  last_outcome: 'done' | 'failed' | null;
  last_name: string | null;
  last_message: string | null;
};

export const statements = {
  liveMessages: `select count(*) as count from messages where status in ('queued', 'running')`,
  liveJobs: `select count(*) as count from jobs where status in ('queued', 'running')`,
  settings: `select every_hours, keep, version, next_at, last_at, last_kind, last_outcome, last_name, last_message
    from backup_settings where id = 1`,
  change: `update backup_settings set every_hours = ?, keep = ?, next_at = ?, updated_at = ?, version = version + 1
    where id = 1 and version = ?`,
  // A schedule that was changed since it was read has set its own time.
  plan: 'update backup_settings set next_at = ? where id = 1 and version = ?',
  // Of a copy: temporary conversations are in no backup, nor what was attached to them alone.
  removeTemporary: 'delete from conversations where expires_at is not null',
  releaseFiles: `update files set state = 'removing'
    where id in (select file_id from attachments where unused_since = 0)`,
  removeAttachments: 'delete from attachments where unused_since = 0',
  ended: `update backup_settings set last_at = ?, last_kind = ?, last_outcome = ?, last_name = ?, last_message = ?
    where id = 1`,
} as const;

/** What is taken out of the copy of a database before it becomes a backup, in order. */
export const leftOut = [statements.removeTemporary, statements.releaseFiles, statements.removeAttachments];

export type Ended = {
  at: number;
  kind: 'manual' | 'scheduled';
  outcome: 'done' | 'failed';
  name: string | null;
  message: string | null;
};

/** The one row about the schedule and the last result. */
export function createBackupStore(db: Db) {
  return {
    settings: async (): Promise<SettingsRow> => {
      const row = await db.get<SettingsRow>(statements.settings);
      if (!row) throw new Error('the row of backup_settings is missing');
      return row;
    },
    /** @returns false when somebody else changed them since `version` */
    change: async (to: {
      everyHours: number;
      keep: number;
      nextAt: number | null;
      now: number;
      version: number;
    }) => (await db.run(statements.change, [to.everyHours, to.keep, to.nextAt, to.now, to.version])) > 0,
    /** Sets the next time of the schedule that has this version, and of no later one. */
    plan: (nextAt: number | null, version: number) => db.run(statements.plan, [nextAt, version]),
    ended: ({ at, kind, outcome, name, message }: Ended) =>
      db.run(statements.ended, [at, kind, outcome, name, message]),
  };
}
