import type { Migration } from './migrations.ts';

/** Keys to register with, one-time links, sessions that can be told apart, and the credentials of clients. */
export const accountsMigration: Migration = {
  name: 'accounts',
  sql: `
alter table sessions add column public_id text;
alter table sessions add column user_agent text;
alter table sessions add column address text;
update sessions set public_id = lower(hex(randomblob(13)));
create unique index sessions_public on sessions (public_id);

create table registration_keys (
  id text primary key,
  key_hash text not null unique,
  hint text not null,
  note text,
  max_uses integer not null check (max_uses > 0),
  uses integer not null default 0 check (uses between 0 and max_uses),
  created_by text references users (id) on delete set null,
  created_at integer not null,
  expires_at integer,
  revoked_at integer
) strict;
create index registration_keys_newest on registration_keys (created_at, id);

create table registration_key_uses (
  id text primary key,
  key_id text not null references registration_keys (id) on delete cascade,
  user_id text references users (id) on delete set null,
  used_at integer not null
) strict;
create index registration_key_uses_key on registration_key_uses (key_id, used_at);

create table reset_links (
  token_hash text primary key,
  user_id text not null references users (id) on delete cascade,
  created_by text references users (id) on delete set null,
  created_at integer not null,
  expires_at integer not null
) strict;
create index reset_links_user on reset_links (user_id);

create table token_families (
  id text primary key,
  user_id text not null references users (id) on delete cascade,
  user_agent text,
  address text,
  created_at integer not null,
  refreshed_at integer not null,
  expires_at integer not null
) strict;
create index token_families_user on token_families (user_id, refreshed_at);
create index token_families_expiry on token_families (expires_at);

create table refresh_tokens (
  token_hash text primary key,
  family_id text not null references token_families (id) on delete cascade,
  created_at integer not null,
  expires_at integer not null,
  used_at integer
) strict;
create index refresh_tokens_family on refresh_tokens (family_id);

create table api_keys (
  id text primary key,
  user_id text not null references users (id) on delete cascade,
  name text not null,
  key_hash text not null unique,
  hint text not null,
  scopes text not null,
  created_at integer not null,
  expires_at integer,
  last_used_at integer
) strict;
create index api_keys_user on api_keys (user_id, created_at);

-- Set once somebody's account is being deleted, which takes several steps: after a crash the next start goes on.
alter table users add column leaving_at integer;
create index users_leaving on users (id) where leaving_at is not null;
-- Without these the end of an account would read every message and every picture of everybody.
create index messages_owner on messages (owner_id, id);
create index images_owner on images (owner_id, id);

-- Whose row is gone, but whose bytes may still be there. A rendition is named by its picture's id.
create table removed_files (
  kind text not null check (kind in ('picture', 'rendition')),
  name text not null,
  removed_at integer not null,
  primary key (kind, name)
) strict;
`,
};
