import type { Request } from 'express';
import { isId } from '../../lib/ids.ts';
import { textOf } from '../../web/validation.ts';
import type { WindowPlace } from './place.ts';
import type { Formats } from '../../lib/formats.ts';
import type { MessageWindow } from './window.ts';
import { positionOf } from './outline.ts';
import { outlineView, type OutlineDay } from './view.ts';

/** Where a page of a long conversation leads on; null where there is nothing more. */
export type WindowLinks = {
  earlierUrl: string | null;
  laterUrl: string | null;
  /** The end of the branch, from a window that does not show it. */
  newestUrl: string | null;
};
export type OutlineData = { days: OutlineDay[]; count: number };

/** `at`: the message whose branch is asked for. */
export function windowLinks(url: string, at: string | undefined, window: MessageWindow): WindowLinks {
  const { messages, isEnd, hasEarlier, isCurrent, leafId, branch } = window;
  const [first, last] = [messages[0], messages.at(-1)];
  const query = `${url}?${at ? `at=${at}&` : ''}`;
  const next = last && branch?.[positionOf(branch, last.id) + 1];
  return {
    earlierUrl: hasEarlier && first ? `${query}before=${first.id}#message-${first.parentId ?? ''}` : null,
    laterUrl: isEnd || !last ? null : `${query}after=${last.id}${next ? `#message-${next.id}` : ''}`,
    newestUrl: isEnd ? null : url + (isCurrent ? '' : `?at=${leafId}`),
  };
}

/** The questions of the branch with links to them; null in a conversation without questions. */
export function outlineData(req: Request, window: MessageWindow, formats: Formats): OutlineData | null {
  const { branch, messages, isCurrent, leafId } = window;
  if (!branch) return null;
  const days = outlineView(branch, new Set(messages.map(({ id }) => id)), {
    base: isCurrent ? '?at=' : `?at=${leafId}&from=`,
    day: formats.date(req.language, req.user?.timeZone ?? 'UTC', 'day'),
  });
  const count = days.reduce((sum, { questions }) => sum + questions.length, 0);
  return count === 0 ? null : { days, count };
}

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
