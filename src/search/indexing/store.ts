import type { Db } from '../../platform/db/db.ts';

/** What has rows from before there was an index, in the order in which they are indexed. */
export type Source = 'titles' | 'images' | 'messages';
export type ProgressRow = { source: Source; first_rowid: number; before_rowid: number };

/** Of so many bytes of text at most is the first part indexed in one step. */
const MAX_STEP_BYTES = 32_000;

const columns = 'kind, item_id, attachment_id, owner_id, created_at, position, title, text, model, facets';
// Rows in whose place something was written since are indexed already. Rowids stay: nothing rewrites these tables.
const rowsOf = (view: string) => `insert into search_entries select ${columns} from ${view} v
  where v.source_rowid >= ? and v.source_rowid < ?
    and not exists (select 1 from search_documents d where d.item_id = v.item_id and d.kind = v.kind)`;

const nextWaiting = 'select message_id from search_waiting order by created_at desc, message_id desc limit ?';
const waitingOf = (view: string) => `insert into search_entries
  select ${columns} from (${nextWaiting}) w cross join ${view} v on v.item_id = w.message_id`;

export const statements = {
  hasWaiting: 'select 1 as found from search_waiting limit 1',
  countWaiting: 'select count(*) as count from search_waiting',
  waitingMessages: waitingOf('search_messages'),
  waitingAttachments: waitingOf('search_attachments'),
  removeWaiting: `delete from search_waiting where (created_at, message_id) in
    (select created_at, message_id from search_waiting order by created_at desc, message_id desc limit ?)`,
  // The waiting messages, the newest first, that have so many bytes together; the first one whatever it has.
  fitting: `select count(*) as count from (select sum(n.bytes) over (order by n.created_at desc, n.message_id desc) as total
      from (select w.created_at, w.message_id, coalesce(octet_length(m.content), 0) as bytes
        from search_waiting w left join messages m on m.id = w.message_id
        order by w.created_at desc, w.message_id desc limit ?) n) where total <= ?`,
  hasUnfinished: 'select 1 as found from search_unfinished limit 1',
  // The newest text of which something is not indexed.
  indexPart: `insert into search_part_entries (document_id, start)
    select document_id, start from search_unfinished order by document_id desc limit 1`,
  progress: `select source, first_rowid, before_rowid from search_progress where source <> 'removed'
    order by case source when 'titles' then 0 when 'images' then 1 else 2 end`,
  titles: rowsOf('search_titles'),
  images: rowsOf('search_images'),
  messages: rowsOf('search_messages'),
  advance: 'update search_progress set before_rowid = ? where source = ?',
  finish: 'delete from search_progress where source = ?',
  hasRemoved: `select 1 as found from search_progress where source = 'removed'`,
  beginMerge: `update search_progress set before_rowid = 1 where source = 'removed'`,
  endMerge: `delete from search_progress where source = 'removed' and before_rowid = 1`,
  // A negative number also merges what has nothing else to be merged with; each call goes on with the last one's work.
  merge: `insert into search_index (search_index, rank) values ('merge', ?)`,
  mergeWork: 'select total_changes() as count',
} as const;

/** The index as it is brought up to date in the background. Nothing waits for the disk: what a crash takes is done again. */
export function createIndexingStore(db: Db) {
  return {
    hasWaiting: async () => (await db.get(statements.hasWaiting)) !== undefined,
    countWaiting: async () => (await db.get<{ count: number }>(statements.countWaiting))?.count ?? 0,
    /** Indexes so many of the messages that wait, fewer when they are long, the newest first. @returns how many there were */
    async indexWaiting(rows: number): Promise<number> {
      const fitting = await db.get<{ count: number }>(statements.fitting, [rows, MAX_STEP_BYTES]);
      const limit = Math.max(1, fitting?.count ?? 0);
      const inOrder = [statements.waitingMessages, statements.waitingAttachments, statements.removeWaiting];
      const changes = await db.batch(
        inOrder.map((sql) => ({ sql, params: [limit] })),
        'deferred',
      );
      return changes.at(-1) ?? 0;
    },
    hasUnfinished: async () => (await db.get(statements.hasUnfinished)) !== undefined,
    /** Indexes the next part of one long text. */
    async indexPart(): Promise<void> {
      await db.batch([{ sql: statements.indexPart, params: [] }], 'deferred');
    },
    listProgress: () => db.all<ProgressRow>(statements.progress),
    /** Indexes the rows from `fromRowid` up to `row.before_rowid`. */
    indexRows: (row: ProgressRow, fromRowid: number) =>
      db.batch(
        [
          { sql: statements[row.source], params: [fromRowid, row.before_rowid] },
          fromRowid <= 0
            ? { sql: statements.finish, params: [row.source] }
            : { sql: statements.advance, params: [fromRowid, row.source] },
        ],
        'deferred',
      ),
    hasRemoved: async () => (await db.get(statements.hasRemoved)) !== undefined,
    beginMerge: () => db.run(statements.beginMerge),
    async endMerge(): Promise<void> {
      await db.run(statements.endMerge);
    },
    /** Rewrites about `pages` pages of the index without what was removed. @returns false when there is nothing left to do */
    async merge(pages: number): Promise<boolean> {
      const before = await db.get<{ count: number }>(statements.mergeWork);
      await db.batch([{ sql: statements.merge, params: [-pages] }], 'deferred');
      const after = await db.get<{ count: number }>(statements.mergeWork);
      // The command itself counts as one change.
      return (after?.count ?? 0) - (before?.count ?? 0) > 1;
    },
  };
}

export type IndexingStore = ReturnType<typeof createIndexingStore>;
