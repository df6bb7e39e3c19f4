import type { Migration } from './migrations.ts';

/**
 * What a model thought before it wrote: beside the answer, never part of it. It grows in pieces as an answer does; the end
 * of a reply joins them into one. The time and the tokens stand with the message, since every page shows them.
 */
export const thinkingMigration: Migration = {
  name: 'thinking',
  sql: `
alter table messages add column thinking_ms integer;
alter table messages add column thinking_tokens integer;

create table thinking_pieces (
  message_id text not null references messages (id) on delete cascade,
  -- Where the piece begins in the whole thought, in UTF-16 units.
  position integer not null,
  text text not null,
  primary key (message_id, position)
) strict, without rowid;
`,
};
