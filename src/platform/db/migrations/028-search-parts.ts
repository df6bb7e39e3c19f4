import type { Migration } from './migrations.ts';

/** The first free place behind what is in one of the tables from `near` on. In order of its key: no row is sorted. */
const freeBehind = (
  table: string,
  near: string,
) => `coalesce((select d.id + 1 from ${table} d where d.id >= ${near}
    and not exists (select 1 from search_ids n where n.id = d.id + 1) order by d.id limit 1), 9223372036854775807)`;
/** The first free place from `near` on, an expression of SQL. */
export const freeId = (
  near: string,
) => `case when not exists (select 1 from search_ids where id = ${near}) then ${near}
    else min(${freeBehind('search_documents', near)}, ${freeBehind('search_parts', near)}) end`;
const isNew = 'item_id = new.item_id and kind = new.kind and attachment_id = new.attachment_id';

/**
 * A long text is indexed in parts, each a row of the index, so that none takes long: the first one with the text itself,
 * the others in the background, from `search_unfinished`.
 */
export const searchPartsMigration: Migration = {
  name: 'search-parts',
  sql: `
-- id: its row in the index, in the same space as the ids of documents. start: where it begins, in UTF-16 units.
create table search_parts (
  id integer primary key,
  document_id integer not null references search_documents (id),
  start integer not null,
  unique (document_id, start)
) strict;
-- Where the next part begins; null once there is none.
create table search_unfinished (
  document_id integer primary key references search_documents (id),
  start integer
) strict;

create view search_ids as select id from search_documents union all select id from search_parts;

create trigger search_part_removed after delete on search_parts begin
  delete from search_index where rowid = old.id;
end;
drop trigger search_document_removed;
create trigger search_document_removing before delete on search_documents begin
  delete from search_unfinished where document_id = old.id;
  delete from search_parts where document_id = old.id;
end;
create trigger search_document_removed after delete on search_documents begin
  delete from search_index where rowid = old.id;
  insert into search_progress (source, first_rowid, before_rowid)
    select 'removed', 0, 0 where not exists (select 1 from search_progress where source = 'removed');
  update search_progress set before_rowid = 0 where source = 'removed' and before_rowid <> 0;
end;

drop trigger search_entry;
create trigger search_entry instead of insert on search_entries begin
  insert into search_owners (owner_id)
    select new.owner_id where not exists (select 1 from search_owners where owner_id = new.owner_id);
  insert into search_documents (id, kind, item_id, attachment_id)
    select case when not exists (select 1 from search_ids i where i.id = p.first) then p.first else ${freeId('p.near')} end,
      new.kind, new.item_id, new.attachment_id
    from (select b.id + min(new.position, 31) as first, b.id + search_spread(new.item_id || new.attachment_id || new.kind) as near
      from (select (o.number << 46) | (min(max(new.created_at - 1262304000000, 0), 2199023255551) << 5) as id
        from search_owners o where o.owner_id = new.owner_id) b) p
    where not exists (select 1 from search_documents where ${isNew});
  delete from search_unfinished where document_id = (select id from search_documents where ${isNew});
  delete from search_parts where document_id = (select id from search_documents where ${isNew});
  delete from search_index where rowid = (select id from search_documents where ${isNew});
  insert into search_index (rowid, title, text, model, facets)
    select id, search_terms(new.title), search_terms(new.text), search_terms(new.model), new.facets from search_documents
    where ${isNew};
  insert into search_unfinished (document_id, start)
    select id, search_next_part(new.text, 0) from search_documents
    where ${isNew} and search_next_part(new.text, 0) is not null;
  insert into search_words (owner_number, word)
    select o.number, w.value from search_owners o, json_each(search_vocabulary(new.title || ' ' || new.text)) w
    where o.owner_id = new.owner_id
      and not exists (select 1 from search_words k where k.owner_number = o.number and k.word = w.value);
end;

-- What of a document is indexed in parts.
create view search_sources (document_id, text, model, facets) as
  select d.id, v.text, v.model, v.facets
    from search_documents d join search_messages v on v.item_id = d.item_id where d.kind = 'message'
  union all
  select d.id, v.text, v.model, v.facets from search_documents d
    join search_attachments v on v.item_id = d.item_id and v.attachment_id = d.attachment_id where d.kind = 'attachment'
  union all
  select d.id, v.text, v.model, v.facets
    from search_documents d join search_images v on v.item_id = d.item_id where d.kind = 'image';

create view search_part_entries (document_id, start) as select 0, 0 where false;
create trigger search_part_entry instead of insert on search_part_entries begin
  insert into search_parts (id, document_id, start)
    select ${freeId('p.near')}, new.document_id, new.start
    from (select new.document_id + search_spread(new.document_id || ' ' || new.start) as near) p;
  insert into search_index (rowid, title, text, model, facets)
    select p.id, '', search_part(s.text, new.start), search_terms(s.model), s.facets
    from search_parts p cross join search_sources s on s.document_id = p.document_id
    where p.document_id = new.document_id and p.start = new.start;
  update search_unfinished set start = (select search_next_part(s.text, new.start) from search_sources s
      where s.document_id = new.document_id)
    where document_id = new.document_id;
  delete from search_unfinished where document_id = new.document_id and start is null;
end;
`,
};
