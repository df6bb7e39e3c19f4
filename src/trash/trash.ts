import type { Actor } from '../lib/actor.ts';
import type { Chat } from '../chat/chat.ts';
import type { Images } from '../images/images.ts';
import { invalid, notFound } from '../lib/errors.ts';
import { excerpt } from '../lib/text.ts';
import type { Db } from '../platform/db/db.ts';
import type { ContentKinds } from '../lib/content-kinds.ts';
import { createTrashStore, type Point, type TrashRow } from './store.ts';

export type TrashItem = {
  id: string;
  kind: 'conversation' | 'image';
  title: string;
  deletedAt: number;
  /** When it is deleted for good. */
  expiresAt: number;
  /** An image with something to see. */
  hasImage: boolean;
};

const KEPT_MS = 30 * 24 * 60 * 60_000;
const TITLE_CHARACTERS = 200;
const LAST: Point = { deletedAt: Number.MAX_SAFE_INTEGER, id: '~' };

type Deps = {
  db: Db;
  chat: Pick<Chat, 'purge' | 'purgeDeleted' | 'purgeExpired'>;
  images: Pick<Images, 'purge' | 'purgeDeleted' | 'getDeleted' | 'open'>;
  now: () => number;
};

/** What was deleted in the last 30 days; from here it comes back or goes for good. */
export function createTrash({ db, chat, images, now }: Deps) {
  const store = createTrashStore(db);
  let sweeping: Promise<void> = Promise.resolve();

  async function sweepOnce(): Promise<void> {
    const before = now() - KEPT_MS;
    // A fault of the one kind must not keep the other in the trash.
    const results = await Promise.allSettled([
      chat.purgeDeleted({ before }),
      chat.purgeExpired(),
      images.purgeDeleted({ before }),
    ]);
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }

  return {
    /** Newest first; `cursor` is what the page before gave. @throws AppError `invalid` */
    async list(actor: Actor, kinds: ContentKinds, page: { limit: number; cursor?: string | undefined }) {
      const before = page.cursor === undefined ? LAST : readCursor(page.cursor);
      const rows = await store.listBefore(actor.id, kinds, before, page.limit + 1);
      const shown = rows.slice(0, page.limit);
      const last = shown.at(-1);
      return {
        items: shown.map(toItem),
        nextCursor: rows.length > shown.length && last ? `${last.deleted_at}-${last.id}` : null,
      };
    },
    /** How much there is of each kind. */
    count: (actor: Actor, kinds: ContentKinds) => store.count(actor.id, kinds),

    /** One thing in the trash. @throws AppError `not_found` */
    async get(actor: Actor, kinds: ContentKinds, id: string): Promise<TrashItem> {
      const row = await store.find(actor.id, kinds, id);
      if (!row) throw notFound();
      return toItem(row);
    },
    /** The whole prompt of an image in the trash. @throws AppError `not_found` */
    promptOf: async (actor: Actor, id: string) => (await images.getDeleted(actor, id)).prompt,

    /** Deletes one thing for good. @throws AppError `not_found` */
    async purge(actor: Actor, kinds: ContentKinds, id: string): Promise<void> {
      const { kind } = await this.get(actor, kinds, id);
      await (kind === 'image' ? images : chat).purge(actor, id);
    },
    /** Deletes everything for good that lies there now. */
    async empty(actor: Actor, kinds: ContentKinds): Promise<void> {
      const where = { before: now(), ownerId: actor.id };
      if (kinds.conversations) await chat.purgeDeleted(where);
      if (kinds.images) await images.purgeDeleted(where);
    },

    /** A smaller copy of an image in the trash. @throws AppError `not_found` */
    openImage: async (actor: Actor, id: string, view: { width: number; height: number }) =>
      images.open(await images.getDeleted(actor, id), view),

    /** Deletes for good what was deleted 30 days ago, and temporary conversations whose time is over. One at a time. */
    sweep(): Promise<void> {
      sweeping = sweeping.catch(() => undefined).then(sweepOnce);
      return sweeping;
    },
    /** Waits for a sweep that runs. */
    close: () => sweeping.catch(() => undefined),
  };
}

export type Trash = ReturnType<typeof createTrash>;

function toItem(row: TrashRow): TrashItem {
  return {
    id: row.id,
    kind: row.kind,
    title: excerpt(row.title, TITLE_CHARACTERS),
    deletedAt: row.deleted_at,
    expiresAt: row.deleted_at + KEPT_MS,
    hasImage: row.kind === 'image' && row.status === 'ready',
  };
}

function readCursor(text: string): Point {
  const [, deletedAt, id] = /^(\d{1,16})-([0-9a-z]{1,40})$/.exec(text) ?? [];
  if (!deletedAt || !id) throw invalid('cursor', 'unknown_value');
  return { deletedAt: Number(deletedAt), id };
}
