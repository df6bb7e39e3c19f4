import type { Migration } from './migrations.ts';

/**
 * Messages become a tree with a root, so that also the first question has siblings. The root is a hidden message with the
 * id of its conversation; other hidden ones stand for parts of an imported conversation that are not shown. They hang from
 * the nearest message that is shown, so none of them is ever on the way from a message to the root.
 */
export const messageTreeMigration: Migration = {
  name: 'message-tree',
  sql: `
-- A constraint cannot be changed, so the column is made anew.
drop index messages_prompts;
alter table messages add column new_role text not null default 'hidden' check (new_role in ('user', 'assistant', 'hidden'));
update messages set new_role = role;
alter table messages drop column role;
alter table messages rename column new_role to role;
create index messages_prompts on messages (owner_id, created_at, id) where role = 'user' and kind = 'text';

insert into messages (id, conversation_id, owner_id, seq, role, content, created_at)
  select id, id, owner_id, 0, 'hidden', '', created_at from conversations;
update messages set parent_id = conversation_id where parent_id is null and role <> 'hidden';
update conversations set leaf_id = id where leaf_id is null;
create unique index messages_root on messages (conversation_id) where parent_id is null;

-- What it is called in the archive that it came from.
alter table messages add column external_id text;
create unique index messages_external on messages (conversation_id, external_id) where external_id is not null;
-- How an answer was asked for that is not the first to its question, as JSON.
alter table messages add column variant text;
-- What a person calls the branch that begins here.
alter table messages add column branch_name text;

alter table conversations add column kind text not null default 'normal' check (kind in ('normal', 'temporary'));
alter table conversations add column expires_at integer;
create index conversations_expiry on conversations (expires_at) where expires_at is not null;
-- A group of conversations; there are none yet.
alter table conversations add column project_id text;
-- Which archive it came from, and what it is called there.
alter table conversations add column source text;
alter table conversations add column external_id text;
alter table conversations add column external_updated_at integer;
create unique index conversations_external on conversations (owner_id, source, external_id) where external_id is not null;
-- Which conversation it goes on from, and how.
alter table conversations add column origin_id text references conversations (id) on delete set null;
alter table conversations add column origin_kind text check (origin_kind in ('fork', 'summary'));
create index conversations_origin on conversations (origin_id) where origin_id is not null;
-- The last message that the summary covers, and when the model was asked for a title: once.
alter table conversations add column summary_message_id text;
alter table conversations add column title_asked_at integer;

-- What is listed: never what is temporary or in the trash; archived ones apart, and pinned ones first.
drop index conversations_newest;
create index conversations_listed on conversations (owner_id, updated_at, id)
  where deleted_at is null and archived = 0 and kind = 'normal';
create index conversations_archived on conversations (owner_id, updated_at, id)
  where deleted_at is null and archived = 1 and kind = 'normal';
create index conversations_pinned on conversations (owner_id, updated_at, id)
  where deleted_at is null and archived = 0 and kind = 'normal' and pinned = 1;

create table attachments (
  id text primary key,
  owner_id text not null references users (id) on delete cascade,
  file_id text references files (id),
  kind text not null check (kind in ('image', 'text', 'pdf')),
  name text not null,
  type text not null,
  bytes integer not null check (bytes >= 0),
  width integer,
  height integer,
  pages integer,
  -- How many the model will read, counted or estimated.
  tokens integer,
  -- What is read of a text or a PDF.
  text text,
  created_at integer not null
) strict;
create index attachments_owner on attachments (owner_id, created_at, id);
create index attachments_file on attachments (file_id) where file_id is not null;
create table message_attachments (
  message_id text not null references messages (id) on delete cascade,
  position integer not null,
  attachment_id text not null references attachments (id),
  primary key (message_id, position)
) strict, without rowid;
create index message_attachments_attachment on message_attachments (attachment_id);

-- What is typed and not sent: one for each conversation, and one for a new one.
create table drafts (
  id text primary key,
  owner_id text not null references users (id) on delete cascade,
  conversation_id text references conversations (id) on delete cascade,
  content text not null,
  -- Ids, as a list in JSON.
  attachments text not null default '[]',
  updated_at integer not null
) strict;
create unique index drafts_conversation on drafts (owner_id, conversation_id) where conversation_id is not null;
create unique index drafts_start on drafts (owner_id) where conversation_id is null;
create index drafts_of_conversation on drafts (conversation_id) where conversation_id is not null;

-- What a model was sent for an answer, as JSON: which messages, and how many tokens of each kind.
create table reply_contexts (
  message_id text primary key not null references messages (id) on delete cascade,
  content text not null
) strict, without rowid;
`,
};
