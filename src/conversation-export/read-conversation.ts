import { setImmediate as nextTurn } from 'node:timers/promises';
import type {
  AttachmentRow,
  ConversationExportStore,
  ConversationRow,
  ImageRow,
  Key,
  MessageRow,
} from './store.ts';

/** Messages can be long, so few are held at a time. */
const MESSAGES_AT_ONCE = 40;
const CONVERSATIONS_AT_ONCE = 50;
const IMAGES_AT_ONCE = 200;

/** A message with what belongs to it. */
export type ExportedMessage = MessageRow & { attachments: AttachmentRow[]; images: ImageRow[] };

/** All conversations of a person, the one changed last at the end; each once, also when it changes meanwhile. */
export async function* allConversations(
  store: ConversationExportStore,
  ownerId: string,
): AsyncGenerator<ConversationRow> {
  const done = new Set<string>();
  for (const archived of [false, true]) {
    const read = (after: Key) => store.list(ownerId, archived, after, CONVERSATIONS_AT_ONCE);
    for await (const row of paged(read, ({ id, updated_at: at }) => ({ at, id }))) {
      if (done.has(row.id)) continue;
      done.add(row.id);
      yield row;
    }
  }
}

/** The images of the library that belong to no conversation. */
export const libraryImages = (store: ConversationExportStore, ownerId: string) =>
  paged(
    (after: Key) => store.listLibrary(ownerId, after, IMAGES_AT_ONCE),
    ({ id, created_at: at }) => ({ at, id }),
  );

/** The messages of all branches, hidden ones too, in the order of their making. */
export async function* allMessages(
  store: ConversationExportStore,
  { id }: ConversationRow,
  ownerId: string,
): AsyncGenerator<ExportedMessage> {
  for (let after = 0; ;) {
    const rows = await store.listMessages(id, ownerId, after, MESSAGES_AT_ONCE);
    yield* await withBelongings(store, rows, ownerId);
    const last = rows.at(-1);
    if (last === undefined || rows.length < MESSAGES_AT_ONCE) return;
    after = last.seq;
    await nextTurn();
  }
}

/** The messages of the branch that ends with `leafId`, the first one first. */
export async function* branchMessages(
  store: ConversationExportStore,
  { conversationId, leafId }: { conversationId: string; leafId: string },
  ownerId: string,
): AsyncGenerator<ExportedMessage> {
  const ids = await store.branchIds(leafId, conversationId, ownerId);
  for (let at = 0; at < ids.length; at += MESSAGES_AT_ONCE) {
    const rows = await store.listByIds(ids.slice(at, at + MESSAGES_AT_ONCE), conversationId, ownerId);
    yield* await withBelongings(store, rows, ownerId);
    await nextTurn();
  }
}

async function withBelongings(
  store: ConversationExportStore,
  rows: readonly MessageRow[],
  ownerId: string,
): Promise<ExportedMessage[]> {
  const ids = rows.map(({ id }) => id);
  const attachments = byMessage(await store.listAttachments(ids, ownerId));
  const images = byMessage(await store.listImages(ids, ownerId));
  return rows.map((row) => ({
    ...row,
    attachments: attachments.get(row.id) ?? [],
    images: images.get(row.id) ?? [],
  }));
}

function byMessage<Row extends { message_id: string | null }>(
  rows: readonly Row[],
): Map<string | null, Row[]> {
  const found = new Map<string | null, Row[]>();
  for (const row of rows) {
    const known = found.get(row.message_id);
    if (known) known.push(row);
    else found.set(row.message_id, [row]);
  }
  return found;
}

/** All rows of a list that is read by key; a turn of the event loop after each row, so that nobody waits for long. */
async function* paged<Row>(
  read: (after: Key) => Promise<Row[]>,
  keyOf: (row: Row) => Key,
): AsyncGenerator<Row> {
  let after: Key = { at: -1, id: '' };
  for (;;) {
    const rows = await read(after);
    for (const row of rows) {
      yield row;
      await nextTurn();
    }
    const last = rows.at(-1);
    if (last === undefined) return;
    after = keyOf(last);
  }
}
