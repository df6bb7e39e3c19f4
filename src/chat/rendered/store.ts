import type { Db, Statement } from '../../platform/db/db.ts';

const isOver = `m.role = 'assistant' and m.kind = 'text' and m.status not in ('queued', 'running') and m.content <> ''`;
/** A stretch of all messages, newest first. */
const stretch = 'select id from messages where id < ? order by id desc limit ?';

export const statements = {
  find: 'select source_length, html from rendered_answers where message_id = ? and renderer_version = ?',
  // An answer that goes on meanwhile, or is deleted, is not stored.
  keep: `insert into rendered_answers (message_id, renderer_version, source_length, html)
    select m.id, ?, ?, ? from messages m where m.id = ? and ${isOver}
    on conflict (message_id) do update set renderer_version = excluded.renderer_version,
      source_length = excluded.source_length, html = excluded.html`,
  forget: `delete from rendered_answers where message_id = ? and exists (
      select 1 from messages m where m.id = rendered_answers.message_id and m.status in ('queued', 'running'))`,
  endOfStretch: `select min(s.id) as id from (${stretch}) s`,
  listMissing: `select m.id from (${stretch}) s
    left join rendered_answers r on r.message_id = s.id and r.renderer_version = ?
    join messages m on m.id = s.id where r.message_id is null and ${isOver}`,
  findContent: `select m.content from messages m where m.id = ? and ${isOver}`,
} as const;

/** What is stored of an answer; html is null when it cannot be rendered within the limits. */
export type StoredHtml = { sourceLength: number; html: string | null };
export type Rendered = StoredHtml & { id: string };
type Row = { source_length: number; html: string | null };

/** The HTML of answers as rows, of one version of the renderer. */
export function createRenderedStore(db: Db, version: number) {
  return {
    find: async (id: string): Promise<StoredHtml | undefined> => {
      const row = await db.get<Row>(statements.find, [id, version]);
      return row && { sourceLength: row.source_length, html: row.html };
    },
    /** Waits for no disk: what a crash loses is rendered again. */
    keep: (list: readonly Rendered[]) =>
      db.batch(
        list.map(({ id, sourceLength, html }) => ({
          sql: statements.keep,
          params: [version, sourceLength, html, id],
        })),
        'deferred',
      ),
    /** Ids of answers without HTML among `count` messages before `before`, and where to look next. */
    async missing(before: string, count: number): Promise<{ ids: string[]; next: string | null }> {
      const last = await db.get<{ id: string | null }>(statements.endOfStretch, [before, count]);
      const rows = await db.all<{ id: string }>(statements.listMissing, [before, count, version]);
      return { ids: rows.map(({ id }) => id), next: last?.id ?? null };
    },
    findContent: async (id: string) =>
      (await db.get<{ content: string }>(statements.findContent, [id]))?.content,
  };
}

/** To be written with what makes an answer go on: what is stored is not the whole of it any more. */
export const forgetRendered = (id: string): Statement => ({ sql: statements.forget, params: [id] });

export type RenderedStore = ReturnType<typeof createRenderedStore>;
