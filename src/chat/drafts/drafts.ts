import type { Actor } from '../../lib/actor.ts';
import { invalid, notFound } from '../../lib/errors.ts';
import type { NewId } from '../../lib/ids.ts';
import type { Db } from '../../platform/db/db.ts';
import { createChatStore } from '../store.ts';
import { createDraftStore, type DraftListRow, type DraftRow, type Place, type Point } from './store.ts';

export type Draft = {
  id: string;
  /** null: of a new conversation. */
  conversationId: string | null;
  content: string;
  /** Ids. */
  attachments: string[];
  /** Of its text: the time when it was saved, in milliseconds, and higher with each change. */
  version: number;
};
export type ListedDraft = Draft & { title: string | null };
export type DraftInput = {
  content: string;
  attachments?: string[] | undefined;
  /** The version that the writer has seen, 0 for none; left out: whatever is stored is replaced. */
  version?: number | undefined;
  /** Of the message that it will become. */
  clientId?: string | undefined;
};
/** `sent`: its message was sent meanwhile. `changed`: another device saved another text, which stays. */
export type SavedDraft =
  { outcome: 'saved'; draft: Draft } | { outcome: 'empty' | 'sent' } | { outcome: 'changed'; draft: Draft };

const MAX_DRAFTS = 500;
const LAST: Point = { updatedAt: Number.MAX_SAFE_INTEGER, id: '' };

/** What somebody typed and has not sent: one draft for each conversation, and one for a new one. */
export function createDrafts({ db, newId, now }: { db: Db; newId: NewId; now: () => number }) {
  const store = createDraftStore(db);
  const conversations = createChatStore(db);

  const find = async (actor: Actor, place: Place): Promise<Draft | undefined> => {
    const row = await store.find(actor.id, place);
    return row && toDraft(row);
  };

  /** Why nothing was changed. @throws AppError `not_found`, `invalid` */
  async function whyNot(actor: Actor, place: Place, input: DraftInput): Promise<SavedDraft> {
    if (place !== null && !(await conversations.findConversation(place, actor.id))) throw notFound();
    if (input.clientId !== undefined && (await store.isSent(actor.id, place, input.clientId)))
      return { outcome: 'sent' };
    const draft = await find(actor, place);
    const isSame = draft?.content === input.content && isSameList(draft.attachments, input.attachments ?? []);
    if (draft) return { outcome: isSame ? 'saved' : 'changed', draft };
    if (isEmpty(input)) return { outcome: 'empty' };
    throw invalid('content', 'too_many_drafts', { max: MAX_DRAFTS });
  }

  return {
    find,

    /**
     * Saves what was typed; an empty one is removed.
     * @throws AppError `not_found` for no conversation of the actor's, `invalid` beyond 500 drafts
     */
    async save(actor: Actor, place: Place, input: DraftInput): Promise<SavedDraft> {
      const { content, attachments = [], version = null, clientId = null } = input;
      if (isEmpty(input)) {
        const removed = await store.empty(actor.id, place, version);
        return removed > 0 ? { outcome: 'empty' } : whyNot(actor, place, input);
      }
      const changed = await store.save({
        id: newId(),
        ownerId: actor.id,
        place,
        content,
        attachments: JSON.stringify(attachments),
        clientId,
        version,
        now: now(),
        most: MAX_DRAFTS,
      });
      const draft = changed > 0 ? await find(actor, place) : undefined;
      return draft ? { outcome: 'saved', draft } : whyNot(actor, place, input);
    },

    /** @throws AppError `not_found` */
    async discard(actor: Actor, id: string): Promise<void> {
      if ((await store.remove(id, actor.id)) === 0) throw notFound();
    },

    /** How many are listed. */
    count: (actor: Actor) => store.count(actor.id),

    /** Newest first, paged by the last one's time and id. */
    async list(actor: Actor, page: { limit: number; after?: Point | undefined }) {
      const rows = await store.list(actor.id, page.after ?? LAST, page.limit + 1);
      const shown = rows.slice(0, page.limit);
      const last = shown.at(-1);
      return {
        drafts: shown.map(toListed),
        next: rows.length > shown.length && last ? { updatedAt: last.updated_at, id: last.id } : undefined,
      };
    },
  };
}

export type Drafts = ReturnType<typeof createDrafts>;

const isEmpty = ({ content, attachments = [] }: DraftInput) =>
  content.trim() === '' && attachments.length === 0;

const isSameList = (one: string[], other: string[]) =>
  one.length === other.length && one.every((item, index) => item === other[index]);

const toDraft = (row: DraftRow): Draft => ({
  id: row.id,
  conversationId: row.conversation_id,
  content: row.content,
  attachments: JSON.parse(row.attachments) as string[],
  version: row.updated_at,
});

const toListed = (row: DraftListRow): ListedDraft => ({ ...toDraft(row), title: row.title });
