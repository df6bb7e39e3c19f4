import type { AttachmentFileRow, ExportStore, ImageFileRow, Row } from './store.ts';

const AT_ONCE = 200;
const texts = ['parameters', 'error', 'attachments'];
const flags = ['pinned', 'archived', 'favourite', 'is_estimated'];

/** One JSON array, a few rows at a time, so that a large account does not have to fit the memory. */
export async function* jsonArray(items: AsyncIterable<object>): AsyncGenerator<string> {
  let before = '[\n';
  for await (const item of items) {
    yield before + JSON.stringify(item);
    before = ',\n';
  }
  yield before === '[\n' ? '[]\n' : '\n]\n';
}

/** Who the person is, and what lets in: no hash, no secret. */
export async function accountContent(store: ExportStore, userId: string): Promise<string> {
  const content = {
    account: plain((await store.findAccount(userId)) ?? {}),
    api_keys: (await store.listKeys(userId)).map(plain),
    sessions: (await store.listSessions(userId)).map(plain),
    clients: (await store.listClients(userId)).map(plain),
    favourite_models: (await store.listFavouriteModels(userId)).map(plain),
  };
  return `${JSON.stringify(content, null, 2)}\n`;
}

/** Every conversation with the messages of all its branches, those in the trash too. A message names its parent. */
export async function* conversations(store: ExportStore, userId: string): AsyncGenerator<object> {
  const page = (after: string) => store.listConversations(userId, after, AT_ONCE);
  for await (const conversation of paged('', page, ({ id }) => id)) {
    const messages = [];
    const next = (after: number) => store.listMessages(conversation.id, userId, after, AT_ONCE);
    for await (const message of paged(0, next, ({ seq }) => seq)) messages.push(plain(message));
    yield { ...plain(conversation), messages };
  }
}

/** What was typed and not sent. */
export async function* drafts(store: ExportStore, userId: string): AsyncGenerator<object> {
  const page = (after: string) => store.listDrafts(userId, after, AT_ONCE);
  for await (const draft of paged('', page, ({ id }) => id)) yield plain(draft);
}

/** Every image; `file` is its place in the archive, null when there is none. */
export async function* images(
  store: ExportStore,
  userId: string,
  hasFile: (row: ImageFileRow) => Promise<boolean>,
): AsyncGenerator<object> {
  for await (const row of imageRows(store, userId)) {
    const { file_id: _fileId, ...image } = row;
    yield { ...plain(image), file: (await hasFile(row)) ? archiveName(row) : null };
  }
}

export const imageRows = (store: ExportStore, userId: string) =>
  paged(
    '',
    (after: string) => store.listImages(userId, after, AT_ONCE),
    ({ id }) => id,
  );

export const archiveName = ({ filename }: ImageFileRow) => `images/${filename ?? ''}`;

/** Every file that was attached to a message or waits to be sent; `file` is its place in the archive. */
export async function* attachments(store: ExportStore, userId: string): AsyncGenerator<object> {
  for await (const row of attachmentRows(store, userId)) {
    const { file_id: _fileId, ...attachment } = row;
    yield { ...plain(attachment), file: attachmentName(row) };
  }
}

export const attachmentRows = (store: ExportStore, userId: string) =>
  paged(
    '',
    (after: string) => store.listAttachments(userId, after, AT_ONCE),
    ({ id }) => id,
  );

const endings: Record<string, string> = {
  'image/png': 'png',
  'image/jpeg': 'jpg',
  'application/pdf': 'pdf',
  'text/plain': 'txt',
};
export const attachmentName = ({ id, type }: AttachmentFileRow) =>
  `attachments/${id}.${endings[type] ?? 'bin'}`;

/** What the person's calls to the model server were and cost. */
export async function* usage(store: ExportStore, userId: string): AsyncGenerator<object> {
  const first = { at: 0, id: '' };
  const page = (after: { at: number; id: string }) => store.listUsage(userId, after, AT_ONCE);
  for await (const entry of paged(first, page, ({ created_at: at, id }) => ({ at, id }))) yield plain(entry);
}

/** All rows of a list that is read by key, one page after the other. */
async function* paged<T, Key>(
  first: Key,
  read: (after: Key) => Promise<T[]>,
  keyOf: (row: T) => Key,
): AsyncGenerator<T> {
  for (let after = first; ;) {
    const rows = await read(after);
    yield* rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < AT_ONCE) return;
    after = keyOf(last);
  }
}

/** A row as others can read it: times as ISO 8601, flags as true and false, JSON as itself. */
function plain(row: Row): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => {
      if (name.endsWith('_at') && typeof value === 'number') return [name, new Date(value).toISOString()];
      if (flags.includes(name)) return [name, value === 1];
      if (texts.includes(name) && typeof value === 'string') return [name, JSON.parse(value) as unknown];
      return [name, value];
    }),
  );
}
