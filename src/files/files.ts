import type { Readable } from 'node:stream';
import { notFound } from '../lib/errors.ts';
import type { Blobs } from '../platform/blobs/blobs.ts';
import type { Db, Statement } from '../platform/db/db.ts';
import type { Log } from '../platform/log.ts';
import type { Storage, Usage } from '../usage/usage.ts';
import { createRemoval } from './removal.ts';
import { createRenditions, type View } from './renditions.ts';
import { createFileStore, statements, type BackupRow } from './store.ts';
import { createWriter } from './writer.ts';

export type { NewContent } from './writer.ts';
export type { View } from './renditions.ts';

/** A file that can be sent: its size in bytes, and its content or a part of it. */
export type StoredFile = {
  bytes: number;
  /** @throws AppError `not_found` */
  open(range?: { start: number; end: number }): Promise<Readable>;
};

/** What a file belongs to. */
export type FileKind = 'image' | 'attachment';

type Deps = {
  db: Db;
  blobs: Blobs;
  /** For smaller copies, which can be made again at any time. */
  renditionBlobs: Blobs;
  usage: Pick<Usage, 'storage'>;
  log: Log;
  now: () => number;
  /** The cap over all smaller copies, in bytes. */
  maxRenditionBytes?: number;
};

/** Owns every stored byte: who has how many and where, from the reservation until they are gone from the disk. */
export function createFiles(deps: Deps) {
  const { db, blobs, usage, log, now } = deps;
  const store = createFileStore(db);
  const { limit } = usage.storage;
  const isKept = async (id: string) => {
    const row = await store.find(id);
    return row !== undefined && row.state !== 'removing';
  };
  const renditions = createRenditions({ ...deps, blobs: deps.renditionBlobs, isKept });
  const writer = createWriter({ store, blobs, limit });
  const removal = createRemoval({ store, blobs, renditions, isBeingWritten: writer.isBusy, log });

  async function open(id: string): Promise<StoredFile> {
    const row = await store.find(id);
    const place = row?.state === 'ready' || row?.state === 'trashed' ? row.place : null;
    const found = place === null ? undefined : await blobs.stat(place);
    if (place === null || !found) throw notFound();
    return { bytes: found.bytes, open: (range) => blobs.open(place, range) };
  }

  return {
    /**
     * Room for a file of at most `maxBytes`, to be stored together with what will name it. The quota is decided inside
     * the statement: it fails the whole batch with `quota_reached`.
     */
    reserve: (file: { id: string; ownerId: string; kind: FileKind; maxBytes: number }): Statement =>
      store.reservation({ ...file, limit: limit(), now: now() }),

    /**
     * Gives a reservation its bytes: place and true size, the bytes, ready; each durable before the next. After a crash
     * on the way `takeUp` tells how far it got. `together` is stored with the first and the last of these steps.
     * @returns false when the reservation is gone meanwhile @throws AppError `quota_reached`, `storage_full`
     */
    async commit(...args: Parameters<typeof writer.commit>): Promise<boolean> {
      let isReady = false;
      try {
        isReady = await writer.commit(...args);
        return isReady;
      } finally {
        // It may have been given up meanwhile, when it could not be removed yet.
        if (!isReady) await removal.sweep();
      }
    },
    /** Makes a reservation ready whose bytes an earlier process had stored whole. @returns whether they were */
    takeUp: writer.takeUp,

    /** A file of any kind, in the trash too. Whose it is must be known already. @throws AppError `not_found` */
    open,
    /** A smaller copy, made when it is first asked for; the original where none can be kept. @throws AppError `not_found` */
    openRendition: async (id: string, format: string, view: View) =>
      renditions.open({ id, format, original: await open(id) }, view),

    trash: (id: string): Statement => store.trashing(id, now()),
    restore: (id: string): Statement => store.restoration(id),
    /** Gives back a reservation that will not be used; a file that is ready stays. Then call `sweep`. */
    release: (id: string): Statement => store.release(id),
    /** Gives back all reservations of a kind that an earlier process left. Then call `sweep`. */
    releaseAll: (kind: FileKind): Statement => store.releaseAll(kind),
    /** Gives up a file in any state; what names it goes in the same batch. Then call `sweep`. */
    purge: (id: string): Statement => store.purge(id),
    /** Gives up at most `limit` files of somebody who leaves, once nothing names them any more. Then call `sweep`. */
    removeOwner: (ownerId: string, limit: number): Statement => store.ownerRemoval(ownerId, limit),
    /** Removes the bytes of what was given up, then forgets it. What fails stays for the next time; never throws. */
    sweep: removal.sweep,

    /** What somebody's files take and may take. @throws AppError `not_found` when there is no such person */
    async storage(ownerId: string): Promise<Storage> {
      const row = await store.storage(ownerId);
      if (!row) throw notFound();
      return { used: row.used, limit: row.own_limit ?? limit(), ownLimit: row.own_limit };
    },
    /** Bytes of all files of everybody. */
    totalBytes: store.total,

    /** At start, before any work begins: what was given up, or whose owner is gone, is removed. */
    async recover(): Promise<void> {
      await store.abandon();
      renditions.load();
      await removal.sweep();
    },
    async close(): Promise<void> {
      await removal.sweep();
      await renditions.close();
    },
  };
}

export type Files = ReturnType<typeof createFiles>;

type Reader = { all<Row>(sql: string): Row[] };

/** The files that belong into a backup, read from a copy of the database: those of the trash too. */
export const listForBackup = (copy: Reader) => copy.all<BackupRow>(statements.listForBackup);

/** The place of every file that a row names, whatever its state. */
export const listPlaces = (database: Reader) =>
  database.all<{ place: string }>(statements.listPlaces).map(({ place }) => place);
