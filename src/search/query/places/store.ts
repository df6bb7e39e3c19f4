import type { Reader } from '../../../platform/db/reader.ts';
import { candidates, isMatching, type CandidateRow, type Range } from '../store.ts';

/** Where a search can be narrowed to by `in:`. */
export type NarrowPlace = 'archive' | 'trash';

/** The documents of some conversations, given as a subquery of their ids, and of some images. */
const documentsOf = (conversations: string, images: string) => `with c (id) as (${conversations})
  select cast(d.id as text) as id, d.id >= cast(? as integer) and d.id < cast(? as integer) as is_inside from (
    select d.id from c cross join search_documents d on d.item_id = c.id and d.kind = 'title'
    union all
    select d.id from c cross join messages m on m.conversation_id = c.id and m.role <> 'hidden'
      cross join search_documents d on d.item_id = m.id and d.kind in ('message', 'attachment')
    union all
    select d.id from (${images}) i cross join search_documents d on d.item_id = i.id and d.kind = 'image'
    limit ?) d order by d.id desc`;
const named = 'select cast(j.value as integer) as id from json_each(?) j';

export const statements = {
  // Each begins with the index of its place: conversations_trash and images_trash, conversations_archived.
  trash: documentsOf(
    'select id from conversations where owner_id = ? and deleted_at is not null and purged_at is null',
    'select id from images where owner_id = ? and deleted_at is not null',
  ),
  archive: documentsOf(
    `select id from conversations where owner_id = ? and deleted_at is null and archived = 1 and kind = 'normal'`,
    'select id from images where owner_id = ? and false',
  ),
  // Without a limit the order of a subquery is not kept.
  matching: candidates(
    `select n.id from (${named}) n where ${isMatching('n.id')} order by n.id desc limit -1`,
  ),
  all: candidates(`select n.id from (${named}) n order by n.id desc limit -1`),
} as const;

/** What lies in the archive or the trash of a person, as it stands in the search index. */
export function createPlaceStore(reader: Pick<Reader, 'all'>) {
  return {
    /** Ids of the documents of a range there, newest first; undefined when there are more than `most` of any range. */
    listDocuments(
      ownerId: string,
      place: NarrowPlace,
      { from, before }: Range,
      most: number,
    ): string[] | undefined {
      const params = [ownerId, from, before, ownerId, most + 1];
      const rows = reader.all<{ id: string; is_inside: number }>(statements[place], params);
      return rows.length > most ? undefined : rows.filter((row) => row.is_inside === 1).map(({ id }) => id);
    },
    /** Those of some documents that match, newest first; an empty expression matches everything. */
    candidatesAmong: (ownerId: string, ids: readonly string[], match: string) =>
      match === ''
        ? reader.all<CandidateRow>(statements.all, [JSON.stringify(ids), ownerId])
        : reader.all<CandidateRow>(statements.matching, [JSON.stringify(ids), match, match, ownerId]),
  };
}

export type PlaceStore = ReturnType<typeof createPlaceStore>;
