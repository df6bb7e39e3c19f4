import { AppError } from '../../lib/errors.ts';
import { isLive } from '../messages.ts';
import type { MessageRow } from '../store.ts';

/**
 * Which changes of a conversation's messages a reader has: all before `at` (ms since 1970), those at `at` of the messages
 * numbered in `ended`, and that the replies numbered in `live` are being written. As text `1795000000000.4.5r`.
 */
export type ChangePosition = { at: number; ended: Set<number>; live: Set<number> };

type Changed = Pick<MessageRow, 'seq' | 'status' | 'created_at' | 'ended_at'>;

const shape = /^\d{1,15}(\.\d{1,9}r?){0,200}$/;

export const isChangePosition = (text: string): boolean => shape.test(text);

/** The position of a reader that has these messages as they were read at `at` or later. */
export function changePositionAt(at: number, rows: readonly Changed[]): ChangePosition {
  const position: ChangePosition = { at, ended: new Set(), live: new Set() };
  for (const row of rows) noteChange(position, row);
  return position;
}

/** @throws AppError `bad_request` for text that is no position */
export function parseChangePosition(text: string): ChangePosition {
  if (!isChangePosition(text)) throw new AppError('bad_request');
  const [at, ...marks] = text.split('.');
  const isMarkOfLive = (mark: string) => mark.endsWith('r');
  return {
    at: Number(at),
    ended: new Set(marks.filter((mark) => !isMarkOfLive(mark)).map(Number)),
    live: new Set(marks.filter(isMarkOfLive).map((mark) => Number(mark.slice(0, -1)))),
  };
}

export function formatChangePosition({ at, ended, live }: ChangePosition): string {
  return [at, ...ended, ...[...live].map((seq) => `${seq}r`)].join('.');
}

/** True when the reader has the message as it is now. */
export function hasChange({ at, ended, live }: ChangePosition, row: Changed): boolean {
  if (isLive(row.status)) return live.has(row.seq);
  if (live.has(row.seq)) return false;
  const time = changedAt(row);
  return time < at || (time === at && ended.has(row.seq));
}

/** Notes that the reader has the message as it is now. */
export function noteChange(position: ChangePosition, row: Changed): void {
  const time = changedAt(row);
  if (time > position.at) {
    position.at = time;
    position.ended.clear();
  }
  position.live.delete(row.seq);
  if (isLive(row.status)) position.live.add(row.seq);
  else if (time === position.at) position.ended.add(row.seq);
}

/** When a reply was resumed is not known: that it is `live` shows the change. */
function changedAt({ status, created_at: created, ended_at: ended }: Changed): number {
  return isLive(status) ? created : Math.max(created, ended ?? 0);
}
