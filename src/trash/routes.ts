import type { Request, Response } from 'express';
import { iso } from '../lib/time.ts';
import { userOf, wantsPage } from '../web/context.ts';
import { sendFile } from '../web/file.ts';
import { successNotice } from '../web/form-errors.ts';
import { kindsOf, requireAnyKind } from '../web/content-kinds.ts';
import { limitOf, param, textOf } from '../web/validation.ts';
import type { Pages } from '../web/page.ts';
import type { Policy } from '../web/policy.ts';
import { createRoutes, type Routes } from '../web/routes.ts';
import type { Trash, TrashItem } from './trash.ts';

const PAGE_SIZE = 50;
const PREVIEW_PIXELS = 128;
const LARGE_PIXELS = 1024;
/** What `?done=` may name. */
const noticeKeys: Record<string, string> = { one: 'trash.removed', all: 'trash.emptied' };

declare module '../web/page.ts' {
  interface Views {
    'trash/index': {
      items: ReturnType<typeof itemView>[];
      /** All that is in the trash, in words; empty for an empty one. */
      amount: string;
      asksToEmpty: boolean;
      nextUrl: string | null;
      newestUrl: string | null;
    };
    'trash/image': { item: ReturnType<typeof itemView>; prompt: string };
  }
}

/** A key must have been made for at least one of the kinds in it. */
const own: Policy = { who: 'user' };

/** Draws a conversation in the trash. @throws AppError `not_found` */
export type SendDeletedConversation = (
  req: Request,
  res: Response,
  id: string,
  deleted: { deletedAt: number; expiresAt: number; restoreUrl: string; deleteUrl: string },
) => Promise<void>;

type Deps = { trash: Trash; pages: Pages; sendConversation: SendDeletedConversation };

/** The trash: what is in it, each thing to be read, and the end of one or of all. Coming back is with the things themselves. */
export function trashRoutes({ trash, pages, sendConversation }: Deps): Routes {
  const routes = createRoutes();

  routes.get('/trash', own, requireAnyKind, async (req: Request, res: Response) => {
    const kinds = kindsOf(req);
    const cursor = textOf(req.query, 'cursor');
    const limit = limitOf(req.query, PAGE_SIZE);
    const { items, nextCursor } = await trash.list(userOf(req), kinds, { limit, cursor });
    if (!wantsPage(req)) return void res.json({ items: items.map(itemJson), next_cursor: nextCursor });
    const data = {
      items: items.map((item) => itemView(item, req)),
      amount: amountOf(req, await trash.count(userOf(req), kinds)),
      asksToEmpty: textOf(req.query, 'empty') === '1',
      nextUrl: nextCursor && `/trash?cursor=${nextCursor}`,
      newestUrl: cursor === undefined ? null : '/trash',
    };
    const notice = successNotice(req, noticeKeys[textOf(req.query, 'done') ?? '']);
    await pages.send(req, res, 'trash/index', data, {
      title: req.t('trash.title'),
      section: 'trash',
      notice,
    });
  });

  routes.get('/trash/:id', own, requireAnyKind, async (req: Request, res: Response) => {
    const item = await trash.get(userOf(req), kindsOf(req), param(req, 'id'));
    if (!wantsPage(req)) return void res.json(itemJson(item));
    const view = itemView(item, req);
    if (item.kind === 'conversation') return sendConversation(req, res, item.id, view);
    const prompt = await trash.promptOf(userOf(req), item.id);
    await pages.send(
      req,
      res,
      'trash/image',
      { item: view, prompt },
      { title: view.title, section: 'trash' },
    );
  });

  const empty = async (req: Request, res: Response) => {
    await trash.empty(userOf(req), kindsOf(req));
    if (req.method === 'POST' && wantsPage(req)) return res.redirect(303, '/trash?done=all');
    res.status(204).end();
  };
  routes.delete('/trash', own, requireAnyKind, empty);
  routes.post('/trash/delete', own, requireAnyKind, empty);

  const remove = async (req: Request, res: Response) => {
    await trash.purge(userOf(req), kindsOf(req), param(req, 'id'));
    if (req.method === 'POST' && wantsPage(req)) return res.redirect(303, '/trash?done=one');
    res.status(204).end();
  };
  routes.delete('/trash/:id', own, requireAnyKind, remove);
  routes.post('/trash/:id/delete', own, requireAnyKind, remove);

  routes.get('/trash/:id/image', { ...own, scope: 'images' }, async (req, res) => {
    const id = param(req, 'id');
    const pixels = textOf(req.query, 'size') === 'large' ? LARGE_PIXELS : PREVIEW_PIXELS;
    const file = await trash.openImage(userOf(req), id, { width: pixels, height: pixels });
    await sendFile(req, res, {
      file,
      etag: `"${id}-${pixels}"`,
      type: `image/${file.format}`,
      download: undefined,
    });
  });

  return routes;
}

const restoreUrl = ({ kind, id }: TrashItem) =>
  `/${kind === 'image' ? 'images' : 'conversations'}/${id}/restore`;
const imageUrl = ({ id, hasImage }: TrashItem) => (hasImage ? `/trash/${id}/image` : null);

function itemView(item: TrashItem, req: Request) {
  const title = item.title || req.t('trash.untitled');
  return {
    ...item,
    title,
    imageUrl: imageUrl(item),
    restoreUrl: restoreUrl(item),
    url: `/trash/${item.id}`,
    deleteUrl: `/trash/${item.id}/delete`,
  };
}

/** Such as "2 conversations and 5 images"; nothing of what there is none of. Empty for an empty trash. */
function amountOf(req: Request, { conversations, images }: { conversations: number; images: number }) {
  const parts = [
    ...(conversations > 0 ? [req.t('trash.conversation', { count: conversations })] : []),
    ...(images > 0 ? [req.t('trash.image', { count: images })] : []),
  ];
  return new Intl.ListFormat(req.language).format(parts);
}

const itemJson = (item: TrashItem) => ({
  kind: item.kind,
  id: item.id,
  title: item.title,
  deleted_at: iso(item.deletedAt),
  expires_at: iso(item.expiresAt),
  url: `/trash/${item.id}`,
  restore_url: restoreUrl(item),
  image_url: imageUrl(item),
});
