import type { Migration } from './migrations.ts';

/**
 * The HTML of answers that are over. Null: it cannot be rendered within the limits. `source_length` is that of the
 * text it was made from, in UTF-16 units, so that a text that went on is never shown as it was before.
 */
export const renderedAnswersMigration: Migration = {
  name: 'rendered-answers',
  sql: `
create table rendered_answers (
  message_id text primary key references messages (id) on delete cascade,
  renderer_version integer not null,
  source_length integer not null,
  html text
) strict;
`,
};
