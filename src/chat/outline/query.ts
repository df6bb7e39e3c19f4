import type { Request } from 'express';
import { isId } from '../../lib/ids.ts';
import { textOf } from '../../web/validation.ts';
import type { WindowPlace } from './place.ts';

/** The id that the query of an address has under a name; undefined for anything else. */
export function idIn(req: Request, name: string): string | undefined {
  const id = textOf(req.query, name);
  return id !== undefined && isId(id) ? id : undefined;
}

/** Which part of a conversation a query names. `at`: on this branch; `last`: it ends with this message. */
export const placeIn = (req: Request, { at, last }: Pick<WindowPlace, 'at' | 'last'>) => ({
  at,
  before: idIn(req, 'before'),
  after: idIn(req, 'after'),
  first: idIn(req, 'from'),
  last,
});
