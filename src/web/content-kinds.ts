import type { Request, RequestHandler } from 'express';
import { AppError } from '../lib/errors.ts';
import type { ContentKinds } from '../lib/content-kinds.ts';
import { hasScope } from './guards.ts';

/** A key sees the kinds that it was made for, a session all of them. */
export const kindsOf = (req: Request): ContentKinds => ({
  conversations: hasScope(req, 'chat'),
  images: hasScope(req, 'images'),
});

/** For routes that show several kinds in one list. Fails with `scope_missing` for a key that is for none of them. */
export const requireAnyKind: RequestHandler = (req, _res, next) => {
  const { conversations, images } = kindsOf(req);
  next(conversations || images ? undefined : new AppError('scope_missing', { params: { scope: 'chat' } }));
};
