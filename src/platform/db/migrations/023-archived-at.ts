import type { Migration } from './migrations.ts';

/** Conversations archived together carry the same instant, so that they can be taken back together. */
export const archivedAtMigration: Migration = {
  name: 'archived-at',
  sql: 'alter table conversations add column archived_at integer;',
};
