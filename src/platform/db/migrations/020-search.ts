import type { Migration } from './migrations.ts';

const columns = 'kind, item_id, attachment_id, owner_id, created_at, position, title, text, model, facets';
/** Writes the documents of one item anew, as its view has them. */
const index = (view: string, where: string) =>
  `insert into search_entries select ${columns} from ${view} where ${where};`;

/**
 * One index for titles, messages, the text of attachments and the prompts of images, written by triggers: whatever writes
 * one of these, also an import, writes the index in the same transaction. What is there already is indexed later, from
 * `search_progress`. Nothing of a temporary conversation is indexed. Triggers call functions of search-functions.ts.
 */
export const searchMigration: Migration = {
  name: 'search',
  sql: `
create table search_owners (
  number integer primary key,
  owner_id text not null unique references users (id) on delete cascade
) strict;

-- The number of the owner (17 bits), milliseconds since 2010 (41 bits) and a place among what has the same time (5 bits)
-- make the id: what one person wrote in some span of time is one range of ids.
create table search_documents (
  id integer primary key,
  kind text not null check (kind in ('title', 'message', 'attachment', 'image')),
  -- Of the conversation, the message (also for an attachment) or the image.
  item_id text not null,
  attachment_id text not null default '',
  unique (item_id, kind, attachment_id)
) strict;

create virtual table search_index using fts5(
  title, text, model, facets, content = '', contentless_delete = 1, tokenize = 'ascii'
);

-- Fewer merges while people wait; a search looks through a few more segments instead.
insert into search_index (search_index, rank) values ('automerge', 8);

-- The words of each person, to complete and to correct what is typed.
create table search_words (
  owner_number integer not null,
  word text not null,
  primary key (owner_number, word)
) strict, without rowid;

-- What was stored before there was an index: each source is indexed from its newest row down, those below before_rowid next.
create table search_progress (
  source text primary key,
  first_rowid integer not null,
  before_rowid integer not null
) strict;
insert into search_progress
  select 'titles', max(rowid) + 1, max(rowid) + 1 from conversations having count(*) > 0
  union all select 'images', max(rowid) + 1, max(rowid) + 1 from images having count(*) > 0
  union all select 'messages', max(rowid) + 1, max(rowid) + 1 from messages having count(*) > 0;

create view search_titles as
  select c.rowid as source_rowid, 'title' as kind, c.id as item_id, '' as attachment_id, c.owner_id, c.created_at, 0 as position,
    c.title, '' as text, '' as model, '' as facets
  from conversations c where c.kind = 'normal' and c.title <> '';

create view search_messages as
  select m.rowid as source_rowid, m.conversation_id, 'message' as kind, m.id as item_id, '' as attachment_id, m.owner_id,
    m.created_at, case m.role when 'user' then 1 else 2 end as position, '' as title, m.content as text, coalesce(m.model, '') as model,
    'role' || m.role
    || iif(m.kind = 'image' or exists (select 1 from message_attachments l join attachments a on a.id = l.attachment_id
      where l.message_id = m.id and a.kind = 'image'), ' hasimage', '')
    || iif(exists (select 1 from message_attachments l join attachments a on a.id = l.attachment_id
      where l.message_id = m.id and a.kind <> 'image'), ' hasfile', '') as facets
  from messages m join conversations c on c.id = m.conversation_id
  where c.kind = 'normal' and m.role <> 'hidden' and (m.status is null or m.status not in ('queued', 'running'))
    and (m.content <> '' or exists (select 1 from message_attachments l where l.message_id = m.id));

create view search_attachments as
  select m.conversation_id, 'attachment' as kind, m.id as item_id, l.attachment_id, m.owner_id, m.created_at,
    3 + l.position as position, a.name as title, coalesce(a.text, '') as text, '' as model,
    'role' || m.role || iif(a.kind = 'image', ' hasimage', ' hasfile') as facets
  from message_attachments l join messages m on m.id = l.message_id join attachments a on a.id = l.attachment_id
    join conversations c on c.id = m.conversation_id
  where c.kind = 'normal';

create view search_images as
  select i.rowid as source_rowid, 'image' as kind, i.id as item_id, '' as attachment_id, i.owner_id, i.created_at,
    20 + i.position as position, coalesce(i.title, '') as title, i.prompt as text, coalesce(i.model, '') as model, 'hasimage' as facets
  from images i;

create view search_entries (${columns}) as
  select '', '', '', '', 0, 0, '', '', '', '' where false;

create trigger search_entry instead of insert on search_entries begin
  insert into search_owners (owner_id)
    select new.owner_id where not exists (select 1 from search_owners where owner_id = new.owner_id);
  insert into search_documents (id, kind, item_id, attachment_id)
    select case
        when not exists (select 1 from search_documents d where d.id = p.first) then p.first
        when not exists (select 1 from search_documents d where d.id = p.near) then p.near
        else (select d.id + 1 from search_documents d where d.id >= p.near
          and not exists (select 1 from search_documents n where n.id = d.id + 1) order by d.id limit 1) end,
      new.kind, new.item_id, new.attachment_id
    from (select b.id + min(new.position, 31) as first, b.id + search_spread(new.item_id || new.attachment_id || new.kind) as near
      from (select (o.number << 46) | (min(max(new.created_at - 1262304000000, 0), 2199023255551) << 5) as id
        from search_owners o where o.owner_id = new.owner_id) b) p
    where not exists (select 1 from search_documents
      where item_id = new.item_id and kind = new.kind and attachment_id = new.attachment_id);
  delete from search_index where rowid = (select id from search_documents
    where item_id = new.item_id and kind = new.kind and attachment_id = new.attachment_id);
  insert into search_index (rowid, title, text, model, facets)
    select id, search_terms(new.title), search_terms(new.text), search_terms(new.model), new.facets from search_documents
    where item_id = new.item_id and kind = new.kind and attachment_id = new.attachment_id;
  insert into search_words (owner_number, word)
    select o.number, w.value from search_owners o, json_each(search_vocabulary(new.title || ' ' || new.text)) w
    where o.owner_id = new.owner_id
      and not exists (select 1 from search_words k where k.owner_number = o.number and k.word = w.value);
end;

create trigger search_owner_removed after delete on search_owners begin
  delete from search_words where owner_number = old.number;
end;

create trigger search_document_removed after delete on search_documents begin
  delete from search_index where rowid = old.id;
  insert into search_progress (source, first_rowid, before_rowid)
    select 'removed', 0, 0 where not exists (select 1 from search_progress where source = 'removed');
  update search_progress set before_rowid = 0 where source = 'removed' and before_rowid <> 0;
end;

create trigger search_conversation_added after insert on conversations when new.title <> '' begin
  ${index('search_titles', 'item_id = new.id')}
end;
create trigger search_conversation_named after update of title on conversations when new.title <> old.title begin
  ${index('search_titles', 'item_id = new.id')}
end;
create trigger search_conversation_kept after update of kind on conversations when new.kind <> old.kind begin
  delete from search_documents where item_id = new.id and kind = 'title';
  delete from search_documents where kind in ('message', 'attachment')
    and item_id in (select id from messages where conversation_id = new.id);
  ${index('search_titles', 'item_id = new.id')}
  ${index('search_messages', 'conversation_id = new.id')}
  ${index('search_attachments', 'conversation_id = new.id')}
end;
create trigger search_conversation_removed after delete on conversations begin
  delete from search_documents where item_id = old.id and kind = 'title';
end;

create trigger search_message_added after insert on messages when new.role <> 'hidden' and new.content <> '' begin
  ${index('search_messages', 'item_id = new.id')}
end;
-- A reply is over, or what was over is written anew.
create trigger search_message_changed after update of content, status, model on messages
  when new.role <> 'hidden' and (new.status is null or new.status not in ('queued', 'running'))
    and (new.content is not old.content or new.status is not old.status or new.model is not old.model) begin
  ${index('search_messages', 'item_id = new.id')}
end;
create trigger search_message_removed after delete on messages begin
  delete from search_documents where item_id = old.id and kind in ('message', 'attachment');
end;

create trigger search_attachment_added after insert on message_attachments begin
  ${index('search_attachments', 'item_id = new.message_id and attachment_id = new.attachment_id')}
  ${index('search_messages', 'item_id = new.message_id')}
end;
create trigger search_attachment_changed after update of name, text on attachments
  when new.name is not old.name or new.text is not old.text begin
  ${index('search_attachments', 'attachment_id = new.id')}
end;
create trigger search_attachment_removed after delete on message_attachments begin
  delete from search_documents
    where item_id = old.message_id and kind = 'attachment' and attachment_id = old.attachment_id;
end;

create trigger search_image_added after insert on images begin
  ${index('search_images', 'item_id = new.id')}
end;
create trigger search_image_changed after update of title, prompt, model on images
  when new.title is not old.title or new.prompt is not old.prompt or new.model is not old.model begin
  ${index('search_images', 'item_id = new.id')}
end;
create trigger search_image_removed after delete on images begin
  delete from search_documents where item_id = old.id and kind = 'image';
end;
`,
};
