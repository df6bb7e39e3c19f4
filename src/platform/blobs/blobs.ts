import type { Readable } from 'node:stream';

/**
 * Where stored bytes are kept. Names are relative paths of our own making, with `/` between folders. Only regular files
 * below real folders are there: a link, a pipe or a device counts as missing, and nothing waits on one.
 */
export interface Blobs {
  /** Durable when it resolves; never overwrites: @throws AppError `conflict` when the name is taken. */
  put(name: string, bytes: Uint8Array): Promise<void>;
  /** @throws AppError `not_found` */
  open(name: string, range?: { start: number; end: number }): Promise<Readable>;
  stat(name: string): Promise<{ bytes: number; modifiedAt: number } | undefined>;
  list(folder: string): Promise<string[]>;
  /** Removing what is not there is no error. */
  remove(name: string): Promise<void>;
  /** @throws AppError when nothing can be stored */
  check(): Promise<void>;
  /** Removes what an earlier process began to write. Only for the one process that writes here, before it begins. */
  clearUnfinished(): Promise<void>;
}
