import type { Migration } from './migrations.ts';

/** Every call to the model server, what it cost, and what people may use. Money is in millionths of a dollar. */
export const usageMigration: Migration = {
  name: 'usage',
  sql: `
create table ledger_entries (
  id text primary key,
  owner_id text references users (id) on delete set null,
  door text not null,
  api_key_id text,
  kind text not null check (kind in ('chat', 'image')),
  purpose text not null,
  subject_id text,
  provider_id text,
  model text,
  attempt integer not null default 1,
  status text not null check (status in ('reserved', 'settled')),
  outcome text check (outcome in ('complete', 'stopped', 'failed', 'unknown')),
  error text,
  prompt_tokens integer not null default 0 check (prompt_tokens >= 0),
  completion_tokens integer not null default 0 check (completion_tokens >= 0),
  pictures integer not null default 0 check (pictures >= 0),
  is_estimated integer not null default 0,
  is_priced integer not null default 1,
  reserved_micros integer not null check (reserved_micros >= 0),
  cost_micros integer not null default 0 check (cost_micros >= 0),
  duration_ms integer,
  created_at integer not null,
  settled_at integer
) strict;
create index ledger_entries_owner on ledger_entries (owner_id, created_at, id);
create index ledger_entries_newest on ledger_entries (created_at, id);
create index ledger_entries_open on ledger_entries (created_at) where status = 'reserved';

create table prices (
  model text primary key,
  prompt_micros_per_million integer not null check (prompt_micros_per_million >= 0),
  completion_micros_per_million integer not null check (completion_micros_per_million >= 0),
  picture_micros integer not null check (picture_micros >= 0),
  version integer not null default 1,
  updated_at integer not null,
  updated_by text references users (id) on delete set null
) strict;

create table limits (
  name text primary key,
  value integer not null check (value >= 0),
  version integer not null default 1,
  updated_at integer not null,
  updated_by text references users (id) on delete set null
) strict;

alter table users add column storage_limit_bytes integer;
create index images_storage on images (owner_id, deleted_at, status, bytes);
`,
};
