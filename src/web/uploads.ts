import type { Request, RequestHandler } from 'express';
import multer, { MulterError, type StorageEngine } from 'multer';
import { AppError } from '../lib/errors.ts';

/** A file of a form, in memory. */
export type Upload = {
  /** As the client calls it. */
  name: string;
  /** Its size; what exceeds the limit of the route is counted and not kept. */
  size: number;
  bytes: Buffer | undefined;
};
/** What a route takes: files of at most `maxBytes` each, together at most `maxTotalBytes`. */
export type UploadLimits = { maxBytes: number; maxTotalBytes: number; maxCount: number };

/** A text field of a form, in bytes: as long as a message may be, in characters of up to four bytes. */
const MAX_FIELD_BYTES = 2_000_000;
/** The same of people who are signed in: a message that is too long comes back to them in its form, to be shortened. */
const MAX_OWN_FIELD_BYTES = 8_000_000;
const MAX_FIELDS = 100;

/**
 * Reads a form with files, where the policy of the route takes them. Files of people who are not signed in are skipped,
 * their text is read: it comes back after they have signed in.
 */
export const readUploads: RequestHandler = (req, res, next) => {
  const limits = req.policy.body?.files;
  if (!limits || !req.is('multipart/form-data')) return next();
  const read = multer({
    storage: inMemory(limits),
    limits: { files: limits.maxCount, fields: MAX_FIELDS, fieldSize: maxFieldBytes(req) },
    fileFilter: (_req, _file, callback) => callback(null, req.user !== undefined),
    defParamCharset: 'utf8',
  }).any();
  void read(req, res, (error: unknown) => next(error === undefined ? undefined : toAppError(error)));
};

/** The files of a form in its field `name`; none when there are none. */
export function uploadsOf(req: Request, name: string): Upload[] {
  const { files } = req as { files?: unknown };
  if (!Array.isArray(files)) return [];
  return (files as (Express.Multer.File & { bytes?: Buffer })[])
    .filter(({ fieldname }) => fieldname === name)
    .map(({ originalname, size, bytes }) => ({ name: originalname, size, bytes }));
}

/** Without a length there is no limit to all fields together, so that each one is kept short. */
const maxFieldBytes = (req: Request) =>
  req.user && req.headers['content-length'] !== undefined ? MAX_OWN_FIELD_BYTES : MAX_FIELD_BYTES;

/** Keeps what fits; the rest is read and let go, so that the form can be shown again with a sentence about it. */
function inMemory({ maxBytes, maxTotalBytes }: UploadLimits): StorageEngine {
  let total = 0;
  return {
    _handleFile(_req, { stream }, callback) {
      let chunks: Buffer[] = [];
      let size = 0;
      stream.on('data', (chunk: Buffer) => {
        size += chunk.length;
        total += chunk.length;
        if (total > maxTotalBytes) return void stream.destroy(new AppError('too_large'));
        if (size <= maxBytes) chunks.push(chunk);
        else chunks = [];
      });
      stream.on('error', (error: Error) => callback(error));
      stream.on('end', () => {
        const bytes = size <= maxBytes ? Buffer.concat(chunks) : undefined;
        callback(null, { size, ...(bytes ? { bytes } : {}) });
      });
    },
    _removeFile: (_req, _file, callback) => callback(null),
  };
}

/** A body that is no form is cut off, or has no boundary. */
function toAppError(cause: unknown): AppError {
  if (cause instanceof AppError) return cause;
  const isTooMuch = cause instanceof MulterError && cause.code.startsWith('LIMIT_');
  return new AppError(isTooMuch ? 'too_large' : 'bad_request', { cause });
}
