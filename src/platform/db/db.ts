import type { ErrorCode } from '../../lib/errors.ts';

/**
 * The database seam: SQL text with `?` places. Ids are our texts, times integer milliseconds, flags 0 or 1, JSON is
 * text. Asynchronous on every engine, so that a store does not know which one it speaks to.
 */
export type Value = string | number | null | Uint8Array;
export type Params = readonly Value[];

export type Statement = {
  sql: string;
  params: Params;
  /** The whole batch is undone and `conflict`, or the error named here, thrown when this statement changes nothing. */
  mustChange?: boolean | ErrorCode;
};

/**
 * `durable`: on the disk when the promise resolves, whatever happens then. `deferred`: committed and visible to all
 * readers when it resolves, but not waited for: a crash of the process keeps it, a power cut may take the last of it.
 * Only for what nobody was told is stored. What commits durably later makes it durable too.
 */
export type Durability = 'durable' | 'deferred';

export interface Db {
  all<Row>(sql: string, params?: Params): Promise<Row[]>;
  get<Row>(sql: string, params?: Params): Promise<Row | undefined>;
  /** Durable when it resolves. @returns how many rows changed */
  run(sql: string, params?: Params): Promise<number>;
  /** Runs all statements in one short write transaction, `durable` unless told otherwise. @returns how many rows each one changed */
  batch(statements: readonly Statement[], durability?: Durability): Promise<number[]>;
  close(): Promise<void>;
}
