import type { Request } from 'express';
import { isId } from '../../../lib/ids.ts';
import type { Notice } from '../../../web/page.ts';
import { textOf } from '../../../web/validation.ts';
import type { BulkAction, Changed } from './conversation-list.ts';
import type { BulkChange } from './schemas.ts';

const actions: readonly string[] = ['archive', 'unarchive', 'pin', 'unpin', 'delete'];
const isAction = (text: string | undefined): text is BulkAction =>
  text !== undefined && actions.includes(text);

/** The list again, with what was done: its page can be reloaded, and still be undone. */
export function listUrl(change: BulkChange, { count, at }: Changed): string {
  const query = new URLSearchParams({ done: change.action, count: String(count), at: String(at) });
  if (change.archived) query.set('archived', '1');
  // What is marked by its instant needs no names.
  const isMarked = change.action === 'archive' || change.action === 'delete';
  if (!isMarked && !change.all) query.set('changed', change.ids.join(','));
  return `/conversations?${query.toString()}`;
}

/** What was done just now, what stays, and how it is undone; null when nothing was. */
export async function noticeOf(
  req: Request,
  countImages: (deleted: { at: number } | { id: string }) => Promise<number>,
): Promise<Notice | null> {
  const deleted = textOf(req.query, 'deleted');
  if (deleted && isId(deleted)) return deletedNotice(req, deleted, await countImages({ id: deleted }));
  const [action, count] = [textOf(req.query, 'done'), Number(textOf(req.query, 'count') ?? 1)];
  const at = Number(textOf(req.query, 'at') ?? Number.NaN);
  if (!isAction(action) || !Number.isSafeInteger(count)) return null;
  const images = action === 'delete' && Number.isSafeInteger(at) ? await countImages({ at }) : 0;
  return {
    kind: 'success',
    text: req.t(`conversations.done.${action}`, { count }) + staying(req, images),
    undo: count > 0 ? undoOf(req, action, at) : null,
  };
}

const staying = (req: Request, images: number) =>
  images > 0 ? ` ${req.t('conversations.images_stay', { count: images })}` : '';

/** The one that was deleted from its own page. */
const deletedNotice = (req: Request, id: string, images: number): Notice => ({
  kind: 'success',
  text: req.t('notices.conversation_deleted') + staying(req, images),
  undo: { action: `/conversations/${id}/restore`, label: req.t('notices.undo'), trashUrl: '/trash' },
});

function undoOf(req: Request, action: BulkAction, at: number): Notice['undo'] {
  const ids = (textOf(req.query, 'changed') ?? '').split(',').filter(isId);
  const isMarked = action === 'archive' || action === 'delete';
  if (isMarked ? !Number.isSafeInteger(at) : ids.length === 0) return null;
  const query = new URLSearchParams(isMarked ? { action, at: String(at) } : { action, ids: ids.join(',') });
  if (textOf(req.query, 'archived') === '1') query.set('archived', '1');
  return {
    action: `/conversations/bulk/undo?${query.toString()}`,
    label: req.t('notices.undo'),
    trashUrl: action === 'delete' ? '/trash' : null,
  };
}
