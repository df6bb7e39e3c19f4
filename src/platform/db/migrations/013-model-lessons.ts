import type { Migration } from './migrations.ts';

/** What model servers refused, so that each is asked in its own way from the first call after a start. */
export const modelLessonsMigration: Migration = {
  name: 'model-lessons',
  sql: `
create table model_lessons (
  provider_id text not null references providers (id) on delete cascade,
  model text not null,
  field text not null,
  -- The name that is sent instead; null: nothing is.
  instead text,
  -- The server's own words, without the key.
  words text not null,
  learned_at integer not null,
  primary key (provider_id, model, field)
) strict, without rowid;
`,
};
