import type { RequestHandler } from 'express';
import multer, { MulterError } from 'multer';
import { AppError, isAppError } from '../lib/errors.ts';
import { randomCharacters } from '../lib/ids.ts';

export type UploadedFile = { filename: string; originalname: string; size: number };
type Options = { folder(): Promise<string>; maxBytes(): number };

/**
 * Writes the file of a form to the disk while it comes, whatever its size; `req.file` tells of it. What breaks off is
 * removed. @throws AppError `too_large`, `bad_request`, `storage_full`
 */
export function receiveArchive({ folder, maxBytes }: Options): RequestHandler {
  const storage = multer.diskStorage({
    destination: (_req, _file, done) => {
      folder().then(
        (path) => done(null, path),
        (error: unknown) => done(error as Error, ''),
      );
    },
    filename: (_req, _file, done) => done(null, `${randomCharacters(20)}.upload`),
  });
  return (req, res, next) => {
    const limits = { fileSize: maxBytes(), files: 1, fields: 5 };
    const upload = multer({ storage, limits, defParamCharset: 'utf8' }).single('file');
    void upload(req, res, (error: unknown) => next(error === undefined ? undefined : toAppError(error)));
  };
}

function toAppError(cause: unknown): AppError {
  if (isAppError(cause)) return cause;
  const { code } = cause as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new AppError('storage_full', { cause, retryAfterSeconds: 30 });
  const isTooLarge = cause instanceof MulterError && cause.code === 'LIMIT_FILE_SIZE';
  return new AppError(isTooLarge ? 'too_large' : 'bad_request', { cause });
}
