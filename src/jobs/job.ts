import type { ErrorCode, ErrorParams } from '../lib/errors.ts';
import { channel } from '../platform/bus/bus.ts';
import type { JobRow, JobStatus } from './store.ts';

export type JobError = { code: ErrorCode; params: ErrorParams };

export type Job = {
  id: string;
  ownerId: string;
  kind: string;
  status: JobStatus;
  input: unknown;
  /** Percent. */
  progress: number;
  error: JobError | null;
  attempts: number;
  createdAt: number;
};

/** Something about the job changed, or it is over. */
export type JobNews = { type: 'progress' | 'ended' };

export const jobChannel = channel<JobNews>('job');
/** Asks the worker of a job, wherever it is, to give it up. */
export const cancelChannel = channel<null>('cancel');

/** A row as the rest of Salon sees it. */
export function toJob(row: JobRow): Job {
  return {
    id: row.id,
    ownerId: row.owner_id,
    kind: row.kind,
    status: row.status,
    input: JSON.parse(row.input) as unknown,
    progress: row.progress,
    error: row.error ? (JSON.parse(row.error) as JobError) : null,
    attempts: row.attempts,
    createdAt: row.created_at,
  };
}

/** True while somebody may still work on it. */
export const isLive = ({ status }: { status: JobStatus }) => status === 'queued' || status === 'running';
