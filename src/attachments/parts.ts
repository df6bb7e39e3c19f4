import type { Files } from '../files/files.ts';
import type { ContentPart } from '../provider/provider.ts';
import { readAll } from './read-all.ts';
import type { AttachmentStore, LinkedRow } from './store.ts';

type Deps = { store: AttachmentStore; files: Pick<Files, 'open'> };
/** `seesImages`: false for a model that is known not to; it is told that there was an image. */
type Reader = { ownerId: string; seesImages: boolean };

/** What a model gets of attachments: images as they are, everything else as text. */
export function createParts({ store, files }: Deps) {
  async function partOf(row: LinkedRow, { ownerId, seesImages }: Reader): Promise<ContentPart> {
    if (row.kind !== 'image') return asText(row.name, await store.findText(row.id, ownerId));
    if (!seesImages || row.file_id === null)
      return { type: 'text', text: `[Image “${row.name}”, which you cannot see]` };
    return { type: 'image', bytes: await readAll(await files.open(row.file_id)) };
  }

  /** By message, in order; messages without attachments are left out. */
  return async (messageIds: readonly string[], reader: Reader): Promise<Map<string, ContentPart[]>> => {
    const parts = new Map<string, ContentPart[]>();
    for (const row of await store.listOfMessages(messageIds, reader.ownerId)) {
      const part = await partOf(row, reader);
      const known = parts.get(row.message_id);
      if (known) known.push(part);
      else parts.set(row.message_id, [part]);
    }
    return parts;
  };
}

/** Between fences that are longer than any in the text, so that the text cannot end them. */
function asText(name: string, text: string): ContentPart {
  const longest = Math.max(2, ...(text.match(/`{3,}/g) ?? []).map(({ length }) => length));
  const fence = '`'.repeat(longest + 1);
  return { type: 'text', text: `File “${name}”:\n${fence}\n${text}\n${fence}` };
}
