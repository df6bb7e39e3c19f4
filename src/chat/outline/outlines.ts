import type { Db } from '../../platform/db/db.ts';
import { createOutline, type Outline } from './outline.ts';
import { findOutline, findSettled, type OutlineRow } from './store.ts';

/** What no longer changes of a conversation: all messages up to the one with `lastSeq`. */
type Settled = { rows: OutlineRow[]; count: number; lastSeq: number; lastId: string };

/** Reading a shorter conversation anew costs less than keeping it. */
const MIN_KEPT_ROWS = 200;
/** Over all conversations; a row takes about 300 bytes. */
const MAX_KEPT_ROWS = 30_000;
/** So many new messages are read each time before they are kept as well. */
const MAX_NEW_ROWS = 100;

/**
 * Reads what conversations consist of. Of long ones the part that no longer changes is kept in memory: 5,000 rows take
 * 10 ms, counting them a quarter of one. The length of an answer that is continued later stays what it was when kept.
 */
export function createOutlines(db: Db) {
  const kept = new Map<string, Settled>();

  /** Messages are added with a higher number than all others: the same count and the same last one are the same rows. */
  async function findKept(id: string, ownerId: string): Promise<Settled | undefined> {
    const settled = kept.get(id);
    if (!settled) return undefined;
    const found = await findSettled(db, id, ownerId, settled.lastSeq);
    if (found?.count === settled.count && found.last_id === settled.lastId) return settled;
    kept.delete(id);
    return undefined;
  }

  async function keep(id: string, ownerId: string, rows: OutlineRow[]): Promise<void> {
    const live = rows.findIndex((row) => row.is_live === 1);
    const settled = live < 0 ? rows : rows.slice(0, live);
    const last = settled.at(-1);
    if (!last || settled.length < MIN_KEPT_ROWS || settled.length > MAX_KEPT_ROWS) return;
    const found = await findSettled(db, id, ownerId, last.seq);
    if (found?.last_id !== last.id) return;
    kept.delete(id);
    kept.set(id, { rows: settled, count: found.count, lastSeq: last.seq, lastId: last.id });
    dropOldest();
  }

  function dropOldest(): void {
    let total = 0;
    for (const { rows } of kept.values()) total += rows.length;
    for (const [id, { rows }] of kept) {
      if (total <= MAX_KEPT_ROWS) return;
      kept.delete(id);
      total -= rows.length;
    }
  }

  /** All messages of a conversation of this person, on every branch, without their texts. */
  return async (conversationId: string, ownerId: string): Promise<Outline> => {
    const settled = await findKept(conversationId, ownerId);
    const added = await findOutline(db, conversationId, ownerId, settled?.lastSeq ?? 0);
    const rows = settled ? [...settled.rows, ...added] : added;
    if (added.length > MAX_NEW_ROWS) await keep(conversationId, ownerId, rows);
    return createOutline(rows);
  };
}

export type Outlines = ReturnType<typeof createOutlines>;
