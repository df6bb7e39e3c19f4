import type { Db } from '../../platform/db/db.ts';
import { createOutline, type Outline } from './outline.ts';
import { findOutline, findSettled } from './store.ts';

/** What no longer changes of a conversation: all messages up to the one with `lastSeq`. */
type Settled = { outline: Outline; rows: number; count: number; lastSeq: number; lastId: string };

/** Reading a shorter conversation anew costs less than keeping it. */
const MIN_KEPT_ROWS = 200;
/** Over all conversations, such as four of 5,000 messages. */
const MAX_KEPT_ROWS = 20_000;
/** With more new messages than this all are read anew, and kept. */
const MAX_NEW_ROWS = 100;

/**
 * Reads what conversations consist of. Of long ones the part that no longer changes is kept in memory: reading 5,000 rows
 * takes some 10 ms, counting them less than one. An answer that is gone on with later keeps the length that it had.
 */
export function createOutlines(db: Db) {
  const kept = new Map<string, Settled>();

  /** New messages have higher numbers than all others: with the same count and the same last one, all are the same. */
  async function findKept(id: string, ownerId: string): Promise<Settled | undefined> {
    const settled = kept.get(id);
    const found = settled && (await findSettled(db, id, ownerId, settled.lastSeq));
    return found?.count === settled?.count && found?.last_id === settled?.lastId ? settled : undefined;
  }

  /** An answer that is still written, and what waits behind it, is not kept. */
  async function readAll(id: string, ownerId: string): Promise<Outline> {
    const rows = await findOutline(db, id, ownerId, 0);
    const live = rows.findIndex((row) => row.is_live === 1);
    const end = live < 0 ? rows.length : live;
    const last = rows[end - 1];
    if (!last || end < MIN_KEPT_ROWS || end > MAX_KEPT_ROWS) return createOutline(rows);
    const outline = createOutline(rows.slice(0, end));
    const found = await findSettled(db, id, ownerId, last.seq);
    if (found?.last_id === last.id)
      keep(id, { outline, rows: end, count: found.count, lastSeq: last.seq, lastId: last.id });
    return createOutline(rows.slice(end), outline);
  }

  /** The one that was read longest ago leaves first. */
  function keep(id: string, settled: Settled): void {
    kept.delete(id);
    kept.set(id, settled);
    let total = 0;
    for (const { rows } of kept.values()) total += rows;
    for (const [oldest, { rows }] of kept) {
      if (total <= MAX_KEPT_ROWS) return;
      kept.delete(oldest);
      total -= rows;
    }
  }

  /** All messages of a conversation of this person, on every branch, without their texts. */
  return async (conversationId: string, ownerId: string): Promise<Outline> => {
    const settled = await findKept(conversationId, ownerId);
    if (!settled) return readAll(conversationId, ownerId);
    const added = await findOutline(db, conversationId, ownerId, settled.lastSeq);
    if (added.length > MAX_NEW_ROWS) return readAll(conversationId, ownerId);
    return createOutline(added, settled.outline);
  };
}

export type Outlines = ReturnType<typeof createOutlines>;
