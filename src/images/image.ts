import type { JobError } from '../jobs/jobs.ts';
import { pixelsOf } from './request.ts';
import type { ImageRow } from './store.ts';

/** An image that was asked for; until it is ready its pixels are those that were asked for. */
export type Image = {
  id: string;
  jobId: string | null;
  status: 'pending' | 'ready' | 'failed';
  filename: string | null;
  fileId: string | null;
  title: string | null;
  favourite: boolean;
  prompt: string;
  firstPrompt: string;
  newPrompt: string | null;
  model: string | null;
  size: string | null;
  quality: string | null;
  background: string | null;
  format: string;
  width: number;
  height: number;
  bytes: number | null;
  sha256: string | null;
  /** Why there is no image. */
  error: JobError | null;
  createdAt: number;
};

export function toImage(row: ImageRow): Image {
  const asked = pixelsOf(row.size);
  return {
    id: row.id,
    jobId: row.job_id,
    status: row.status,
    filename: row.filename,
    fileId: row.file_id,
    title: row.title,
    favourite: row.favourite === 1,
    prompt: row.prompt,
    firstPrompt: row.first_prompt,
    newPrompt: row.new_prompt,
    model: row.model,
    size: row.size,
    quality: row.quality,
    background: row.background,
    format: row.format,
    width: row.width ?? asked.width,
    height: row.height ?? asked.height,
    bytes: row.bytes,
    sha256: row.sha256,
    error: row.error ? (JSON.parse(row.error) as JobError) : null,
    createdAt: row.created_at,
  };
}
