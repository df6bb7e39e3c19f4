import type { Migration } from './migrations.ts';

/** Text of more bytes is indexed in the background: what is shorter takes some milliseconds of a transaction at most. */
const MAX_BYTES_AT_ONCE = 16_000;

const columns = 'kind, item_id, attachment_id, owner_id, created_at, position, title, text, model, facets';
const index = (view: string, where: string) =>
  `insert into search_entries select ${columns} from ${view} where ${where};`;
const isOver = `(new.status is null or new.status not in ('queued', 'running'))`;
const isLong = `octet_length(new.content) > ${MAX_BYTES_AT_ONCE}`;
const isChanged = `(new.content is not old.content or new.status is not old.status or new.model is not old.model)`;
const hasLongText = `exists (select 1 from attachments a
  where a.id = new.attachment_id and octet_length(a.text) > ${MAX_BYTES_AT_ONCE})`;
const isOfImport = `exists (select 1 from messages m where m.id = new.message_id and m.external_id is not null)`;
const enqueue = 'insert or ignore into search_waiting (created_at, message_id)';
const enqueueNew = `${enqueue} values (new.created_at, new.id);`;

/**
 * Imported messages, and long ones, are not indexed in the transaction that writes them: it only notes that they wait, so
 * no crash loses them, and they are indexed in small steps soon after, the newest first.
 */
export const searchWaitingMigration: Migration = {
  name: 'search-waiting',
  sql: `
-- Each with its attachments.
create table search_waiting (
  created_at integer not null,
  message_id text not null,
  primary key (created_at, message_id)
) strict, without rowid;

drop trigger search_message_added;
create trigger search_message_added after insert on messages
  when new.role <> 'hidden' and new.content <> '' and new.external_id is null and not ${isLong} begin
  ${index('search_messages', 'item_id = new.id')}
end;
create trigger search_message_added_later after insert on messages
  when new.role <> 'hidden' and new.content <> '' and (new.external_id is not null or ${isLong}) begin
  ${enqueueNew}
end;

drop trigger search_message_changed;
create trigger search_message_changed after update of content, status, model on messages
  when new.role <> 'hidden' and ${isOver} and not ${isLong} and ${isChanged} begin
  ${index('search_messages', 'item_id = new.id')}
end;
create trigger search_message_changed_later after update of content, status, model on messages
  when new.role <> 'hidden' and ${isOver} and ${isLong} and ${isChanged} begin
  ${enqueueNew}
end;

drop trigger search_message_removed;
create trigger search_message_removed after delete on messages begin
  delete from search_documents where item_id = old.id and kind in ('message', 'attachment');
  delete from search_waiting where created_at = old.created_at and message_id = old.id;
end;

drop trigger search_attachment_added;
create trigger search_attachment_added after insert on message_attachments
  when not ${hasLongText} and not ${isOfImport} begin
  ${index('search_attachments', 'item_id = new.message_id and attachment_id = new.attachment_id')}
  ${index('search_messages', 'item_id = new.message_id')}
end;
create trigger search_attachment_added_later after insert on message_attachments
  when ${hasLongText} or ${isOfImport} begin
  ${enqueue} select m.created_at, m.id from messages m where m.id = new.message_id;
end;

drop trigger search_attachment_changed;
create trigger search_attachment_changed after update of name, text on attachments
  when (new.name is not old.name or new.text is not old.text)
    and coalesce(octet_length(new.text), 0) <= ${MAX_BYTES_AT_ONCE} begin
  ${index('search_attachments', 'attachment_id = new.id')}
end;
create trigger search_attachment_changed_later after update of name, text on attachments
  when (new.name is not old.name or new.text is not old.text)
    and octet_length(new.text) > ${MAX_BYTES_AT_ONCE} begin
  ${enqueue} select m.created_at, m.id from message_attachments l join messages m on m.id = l.message_id
    where l.attachment_id = new.id;
end;
`,
};
