import type { Migration } from './migrations.ts';

/** How administrators arrange the models of each server, and which ones a person has marked. */
export const modelSettingsMigration: Migration = {
  name: 'model-settings',
  sql: `
create table model_settings (
  provider_id text not null references providers (id) on delete cascade,
  model text not null,
  -- Shown instead of the name.
  label text,
  -- In no list to choose from; a conversation that uses it goes on.
  is_hidden integer not null default 0,
  -- Smaller ones come first; those without one follow by name.
  position integer,
  changed_at integer not null,
  primary key (provider_id, model)
) strict, without rowid;

create table model_defaults (
  provider_id text not null references providers (id) on delete cascade,
  kind text not null check (kind in ('chat', 'image')),
  model text not null,
  changed_at integer not null,
  primary key (provider_id, kind)
) strict, without rowid;

create table favourite_models (
  user_id text not null references users (id) on delete cascade,
  model text not null,
  created_at integer not null,
  primary key (user_id, model)
) strict, without rowid;
`,
};
