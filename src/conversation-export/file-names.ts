import type { ConversationRow } from './store.ts';

const MAX_TITLE = 60;
/** Enough of an id to tell two conversations of the same day and title apart. */
const ID_CHARACTERS = 8;

/** A name that every file system takes: date, title, end of the id. */
export function fileNameOf({ id, title, created_at: at }: ConversationRow, ending: string): string {
  const words = title
    .normalize('NFC')
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .slice(0, MAX_TITLE)
    .replace(/^-+|-+$|[\ud800-\udbff]$/g, '');
  const parts = [new Date(at).toISOString().slice(0, 10), words, id.slice(-ID_CHARACTERS)];
  return `${parts.filter(Boolean).join('-')}.${ending}`;
}
