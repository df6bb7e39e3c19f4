import type { Migration } from './migrations.ts';

/** What belongs to no message yet, or to none any more, is known by a column, so that it can be found and removed. */
export const attachmentsMigration: Migration = {
  name: 'attachments',
  sql: `
-- Since when no message has it; 0: its last message was deleted. Null while one has it.
alter table attachments add column unused_since integer;
create index attachments_unused on attachments (unused_since, id) where unused_since is not null;
-- The pixels of the image as it came, before it was made smaller.
alter table attachments add column original_width integer;
alter table attachments add column original_height integer;

create trigger message_attachments_added after insert on message_attachments begin
  update attachments set unused_since = null where id = new.attachment_id;
end;
create trigger message_attachments_removed after delete on message_attachments
  when not exists (select 1 from message_attachments o where o.attachment_id = old.attachment_id) begin
  update attachments set unused_since = 0 where id = old.attachment_id;
end;

-- Room for files that were never written: looked for once, at the start.
create index files_reserved on files (kind, id) where state = 'reserved';
`,
};
