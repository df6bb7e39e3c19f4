import type { Params, Statement, Value } from './db.ts';

/** A statement that sets one column, and its new value; `undefined` leaves the column as it is. */
export type ColumnUpdate = readonly [sql: string, value: Value | undefined];

/**
 * The statements that write the given columns of one row and no others, for a single batch: two changes at the same
 * time that name different columns both stay. Each statement takes its value first, then `key`, which finds the row.
 * The batch fails with `not_found` when there is no such row.
 */
export function columnUpdates(updates: readonly ColumnUpdate[], key: Params): Statement[] {
  return updates.flatMap(([sql, value]): Statement[] =>
    value === undefined ? [] : [{ sql, params: [value, ...key], mustChange: 'not_found' }],
  );
}

/** A flag as SQLite keeps it. */
export const flagValue = (flag: boolean | undefined) => (flag === undefined ? undefined : Number(flag));
