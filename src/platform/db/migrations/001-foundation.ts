import type { Migration } from './migrations.ts';

export const foundation: Migration = {
  name: 'foundation',
  sql: `
create table app_secrets (
  name text primary key,
  value text not null
) strict;

create table users (
  id text primary key,
  username text not null,
  username_key text not null unique,
  password_hash text not null,
  role text not null check (role in ('user', 'admin')),
  suspended_at integer,
  language text,
  theme text not null default 'system',
  time_zone text,
  created_at integer not null,
  updated_at integer not null
) strict;

create table sessions (
  id_hash text primary key,
  user_id text references users (id) on delete cascade,
  content text not null,
  created_at integer not null,
  touched_at integer not null,
  expires_at integer not null
) strict;
create index sessions_user on sessions (user_id);
create index sessions_expiry on sessions (expires_at);

create table throttles (
  key text primary key,
  points integer not null,
  expires_at integer not null
) strict;
create index throttles_expiry on throttles (expires_at);

create table providers (
  id text primary key,
  name text not null,
  base_url text,
  created_at integer not null,
  last_used_at integer not null
) strict;

create table conversations (
  id text primary key,
  owner_id text not null references users (id) on delete cascade,
  client_id text,
  title text not null,
  title_is_own integer not null default 0,
  summary text,
  provider_id text references providers (id),
  model text,
  system_prompt text,
  parameters text not null default '{}',
  pinned integer not null default 0,
  archived integer not null default 0,
  leaf_id text,
  created_at integer not null,
  updated_at integer not null,
  deleted_at integer,
  unique (owner_id, client_id)
) strict;
create index conversations_newest on conversations (owner_id, updated_at, id) where deleted_at is null;

create table messages (
  id text primary key,
  conversation_id text not null references conversations (id) on delete cascade,
  owner_id text not null references users (id) on delete cascade,
  parent_id text references messages (id) on delete cascade,
  seq integer not null,
  role text not null check (role in ('user', 'assistant')),
  kind text not null default 'text' check (kind in ('text', 'picture')),
  content text not null,
  client_id text,
  status text check (status in ('queued', 'running', 'complete', 'stopped', 'failed', 'interrupted')),
  finish_reason text,
  error text,
  provider_id text references providers (id),
  model text,
  prompt_tokens integer,
  completion_tokens integer,
  usage_estimated integer,
  created_at integer not null,
  started_at integer,
  heartbeat_at integer,
  ended_at integer,
  unique (conversation_id, seq),
  unique (conversation_id, client_id)
) strict;
create index messages_parent on messages (parent_id);
create index messages_prompts on messages (owner_id, created_at, id) where role = 'user' and kind = 'text';
create index messages_live on messages (status, owner_id) where status in ('queued', 'running');

create table jobs (
  id text primary key,
  owner_id text not null references users (id) on delete cascade,
  kind text not null,
  client_id text,
  status text not null check (status in ('queued', 'running', 'complete', 'failed', 'cancelled', 'unknown')),
  input text not null,
  progress integer not null default 0,
  error text,
  attempts integer not null default 0,
  claim text,
  sent_at integer,
  created_at integer not null,
  started_at integer,
  heartbeat_at integer,
  ended_at integer,
  unique (owner_id, client_id)
) strict;
create index jobs_live on jobs (status, kind, created_at) where status in ('queued', 'running');
create index jobs_owner on jobs (owner_id, created_at, id);

create table images (
  id text primary key,
  owner_id text not null references users (id) on delete cascade,
  job_id text references jobs (id) on delete set null,
  message_id text references messages (id) on delete set null,
  position integer not null default 0,
  status text not null check (status in ('pending', 'ready', 'failed')),
  filename text unique,
  path text,
  title text,
  favourite integer not null default 0,
  prompt text not null,
  first_prompt text not null,
  new_prompt text,
  provider_id text references providers (id),
  model text,
  size text,
  quality text,
  background text,
  format text not null,
  width integer,
  height integer,
  bytes integer,
  sha256 text,
  error text,
  created_at integer not null,
  ready_at integer,
  deleted_at integer
) strict;
create index images_newest on images (owner_id, created_at, id) where deleted_at is null;
create index images_job on images (job_id, position);
create index images_message on images (message_id);
create index images_pending on images (job_id) where status = 'pending';

create view active_work (owner_id) as
  select owner_id from messages where status in ('queued', 'running')
  union all
  select owner_id from jobs where status in ('queued', 'running');
`,
};
