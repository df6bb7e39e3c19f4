import type { Migration } from './migrations.ts';

/** Whether a model writes titles and summaries for a person. */
export const automaticTitlesMigration: Migration = {
  name: 'automatic-titles',
  sql: `
alter table users add column automatic_titles integer not null default 1 check (automatic_titles in (0, 1));
`,
};
