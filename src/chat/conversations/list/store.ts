import type { Db } from '../../../platform/db/db.ts';
import { conversationColumns, type ConversationRow } from '../../store.ts';

/** What can be done with several conversations at once. */
export type BulkAction = 'archive' | 'unarchive' | 'pin' | 'unpin' | 'delete';
/** Which ones: those named, or all of a list that were in it at an instant. */
export type Selection = { ids: readonly string[] } | { archived: boolean; until: number };

/** So many rows change in one transaction: a hundred thousand at once would stop every stream for seconds. */
const CHUNK = 500;

const own = `owner_id = ? and deleted_at is null and kind = 'normal'`;
const named = `${own} and id in (select value from json_each(?))`;
const all = `id in (select id from conversations where ${own} and archived = ? and updated_at <= ? limit ${CHUNK})`;
const images = `select count(*) as count from conversations c join messages m on m.conversation_id = c.id
  join images i on i.message_id = m.id and i.deleted_at is null where c.owner_id = ?`;
const change = {
  archive: 'update conversations set archived = 1, archived_at = ? where archived = 0 and',
  unarchive:
    'update conversations set archived = 0, archived_at = null where archived = 1 and ? is not null and',
  pin: 'update conversations set pinned = 1 where pinned = 0 and ? is not null and',
  unpin: 'update conversations set pinned = 0 where pinned = 1 and ? is not null and',
  delete: 'update conversations set deleted_at = ? where deleted_at is null and',
} as const;

export const statements = {
  listArchived: `select ${conversationColumns} from conversations where owner_id = ? and deleted_at is null
    and archived = 1 and kind = 'normal' and (updated_at, id) < (?, ?) order by updated_at desc, id desc limit ?`,
  listPinnedAnd: `select * from (select ${conversationColumns} from conversations where owner_id = ? and deleted_at is null
      and archived = 0 and kind = 'normal' and pinned = 1 order by updated_at desc, id desc limit ?)
    union all select ${conversationColumns} from conversations
      where id = ? and owner_id = ? and deleted_at is null and kind = 'normal' and (pinned = 0 or archived = 1)`,
  archiveNamed: `${change.archive} ${named}`,
  unarchiveNamed: `${change.unarchive} ${named}`,
  pinNamed: `${change.pin} ${named}`,
  unpinNamed: `${change.unpin} ${named}`,
  deleteNamed: `${change.delete} ${named}`,
  archiveAll: `${change.archive} ${all}`,
  unarchiveAll: `${change.unarchive} ${all}`,
  deleteAll: `${change.delete} ${all}`,
  undoArchive: `update conversations set archived = 0, archived_at = null where id in (select id from conversations
    where ${own} and archived = 1 and archived_at = ? limit ${CHUNK})`,
  undoDelete: `update conversations set deleted_at = null where id in (select id from conversations
    where owner_id = ? and deleted_at = ? and purged_at is null limit ${CHUNK})`,
  liveIn: `select distinct m.conversation_id as id from messages m join conversations c on c.id = m.conversation_id
    where m.status in ('queued', 'running') and m.owner_id = ? and c.deleted_at = ?`,
  // Images have no end in a conversation: they stay in the library when it goes.
  imagesDeletedAt: `${images} and c.deleted_at = ?`,
  imagesOf: `${images} and c.id = ?`,
} as const;

const namedStatements = {
  archive: statements.archiveNamed,
  unarchive: statements.unarchiveNamed,
  pin: statements.pinNamed,
  unpin: statements.unpinNamed,
  delete: statements.deleteNamed,
} as const;
const allStatements = {
  archive: statements.archiveAll,
  unarchive: statements.unarchiveAll,
  delete: statements.deleteAll,
} as const;

/** Lists of conversations beyond the usual one, and changes of many at once. */
export function createConversationListStore(db: Db) {
  /** Runs a statement that changes at most a chunk until nothing is left. @returns how many rows changed */
  async function inChunks(sql: string, params: (string | number)[]): Promise<number> {
    let changed = 0;
    for (;;) {
      const rows = await db.run(sql, params);
      changed += rows;
      if (rows < CHUNK) return changed;
    }
  }

  const count = async (sql: string, params: (string | number)[]) =>
    (await db.get<{ count: number }>(sql, params))?.count ?? 0;

  return {
    listArchived: (ownerId: string, before: { updatedAt: number; id: string }, limit: number) =>
      db.all<ConversationRow>(statements.listArchived, [ownerId, before.updatedAt, before.id, limit]),
    listPinnedAnd: (ownerId: string, id: string, limit: number) =>
      db.all<ConversationRow>(statements.listPinnedAnd, [ownerId, limit, id, ownerId]),
    /** `at` marks what changes, so that it can be undone together. @returns how many changed */
    change(ownerId: string, action: BulkAction, selection: Selection, at: number): Promise<number> {
      if ('ids' in selection)
        return db.run(namedStatements[action], [at, ownerId, JSON.stringify(selection.ids)]);
      if (action === 'pin' || action === 'unpin') return Promise.resolve(0);
      const { archived, until } = selection;
      return inChunks(allStatements[action], [at, ownerId, Number(archived), until]);
    },
    undo: (ownerId: string, action: 'archive' | 'delete', at: number) =>
      inChunks(action === 'archive' ? statements.undoArchive : statements.undoDelete, [ownerId, at]),
    /** Conversations deleted at that instant in which something is still being written. */
    liveIn: async (ownerId: string, at: number) =>
      (await db.all<{ id: string }>(statements.liveIn, [ownerId, at])).map(({ id }) => id),
    countImagesDeletedAt: (ownerId: string, at: number) => count(statements.imagesDeletedAt, [ownerId, at]),
    countImagesOf: (ownerId: string, id: string) => count(statements.imagesOf, [ownerId, id]),
  };
}
