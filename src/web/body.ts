import express, { type RequestHandler } from 'express';
import { AppError } from '../lib/errors.ts';
import { readUploads } from './uploads.ts';

/** Larger bodies are refused with 413 before they are read; 200,000 characters of a form take up to 1.8 MB. */
const MAX_BODY = '2mb';

/** Reads JSON and form bodies; any other kind of body is refused with 400, but where the policy of the route names it. */
export const readBody: RequestHandler[] = [
  (req, _res, next) => {
    const types = req.policy.body?.types ?? [];
    const isKnown = req.is(['application/json', 'application/x-www-form-urlencoded', ...types]);
    // `null`: there is no body at all. A length of 0 is none either, whatever type it names.
    const isEmpty = isKnown === null || req.headers['content-length'] === '0';
    next(isKnown || isEmpty ? undefined : new AppError('unknown_type'));
  },
  withBody(express.json({ limit: MAX_BODY })),
  withBody(express.urlencoded({ extended: false, limit: MAX_BODY, parameterLimit: 100 })),
  withBody(readUploads),
];

/** Most requests carry no body: a look at two headers is all they need. */
function withBody(parser: RequestHandler): RequestHandler {
  return (req, res, next) =>
    req.headers['content-length'] === undefined && req.headers['transfer-encoding'] === undefined
      ? next()
      : parser(req, res, next);
}
