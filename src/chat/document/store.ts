import { RENDERER_VERSION } from '../../lib/markdown/markdown.ts';
import type { Db } from '../../platform/db/db.ts';
import { isShown, messageColumns, type WindowRow } from '../store.ts';

export const statements = {
  listByIds: `select ${messageColumns}, r.source_length, r.html from json_each(?) j join messages m on m.id = j.value
    left join rendered_answers r on r.message_id = m.id and r.renderer_version = ?
    where m.conversation_id = ? and m.owner_id = ? and ${isShown} order by m.seq`,
} as const;

/** These messages in the order of their making, with what is stored of them as HTML. */
export const listMessages = (
  db: Db,
  ids: readonly string[],
  { conversationId, ownerId }: { conversationId: string; ownerId: string },
) =>
  db.all<WindowRow>(statements.listByIds, [JSON.stringify(ids), RENDERER_VERSION, conversationId, ownerId]);
