import { AppError, invalid } from '../lib/errors.ts';
import { isId } from '../lib/ids.ts';

/** A stream follows at most so many things. */
export const MAX_FOLLOWED = 200;

/** Something that a stream is to follow: its kind, its id and where its reader stands. */
export type Followed<Kind> = { kind: Kind; id: string; position: string | undefined; isResumed: boolean };

type Kind = { kind: string; isPosition(text: string): boolean };

/**
 * What a request wants to follow: `?reply=ID:POSITION,ID&reply=ID&job=ID`. The place in this list is the number by which
 * event ids name each one: parameters in the order in which they first appear, ids in theirs; a repeated one counts once,
 * and unknown ids keep their number. A position in `lastEventId` takes precedence over one in the URL.
 * @throws AppError `invalid` for no ids and for more than 200, `bad_request` for a position that was never given
 */
export function readFollowed<One extends Kind>(
  query: Record<string, unknown>,
  kinds: readonly One[],
  lastEventId: string | undefined,
): Followed<One>[] {
  const known = parseEventId(lastEventId);
  const found = new Map<string, Followed<One>>();
  for (const name of Object.keys(query)) {
    const kind = kinds.find((one) => one.kind === name);
    if (!kind) continue;
    for (const entry of entriesOf(query[name])) {
      const [id = '', ...rest] = entry.split(':');
      const key = `${kind.kind}:${id}`;
      if (found.has(key)) continue;
      const last = known.get(found.size);
      const position = last ?? (rest.length > 0 ? rest.join(':') : undefined);
      if (position !== undefined && !kind.isPosition(position)) throw new AppError('bad_request');
      found.set(key, { kind, id, position, isResumed: last !== undefined });
    }
  }
  if (found.size === 0 || found.size > MAX_FOLLOWED)
    throw invalid('id', 'count_range', { min: 1, max: MAX_FOLLOWED });
  return [...found.values()];
}

/** True for what need not be looked up. */
export const leadsNowhere = ({ id }: { id: string }) => !isId(id);

/** An event id: the number and the position of each followed thing that has one, as `0:1234,3:99`. */
export function formatEventId(positions: readonly (string | undefined)[]): string {
  return positions.flatMap((position, at) => (position === undefined ? [] : [`${at}:${position}`])).join(',');
}

function parseEventId(text: string | undefined): Map<number, string> {
  const positions = new Map<number, string>();
  if (text === undefined || text === '') return positions;
  for (const entry of text.split(',')) {
    const [, at, position] = /^(\d{1,3}):([\w.]+)$/.exec(entry) ?? [];
    if (at === undefined || position === undefined) throw new AppError('bad_request');
    positions.set(Number(at), position);
  }
  return positions;
}

function entriesOf(value: unknown): string[] {
  const texts = [value].flat().filter((one) => typeof one === 'string');
  return texts.flatMap((text) => text.split(',')).filter((entry) => entry !== '');
}
