import type { Migration } from './migrations.ts';

/**
 * What a model has thought, as its server has sealed it for the model alone: sent back with the next question to the same
 * server and model, and shown and exported nowhere.
 */
export const modelItemsMigration: Migration = {
  name: 'model-items',
  sql: `
create table model_items (
  message_id text primary key not null references messages (id) on delete cascade,
  provider_id text not null references providers (id) on delete cascade,
  model text not null,
  -- A list, as JSON.
  items text not null
) strict, without rowid;
`,
};
