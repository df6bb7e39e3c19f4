import type { Migration } from './migrations.ts';

/**
 * Which message a message is a copy of, when its conversation was forked from another one; that message may be gone. The
 * history counts what was asked, so it leaves copies out: they have the time of the first.
 */
export const copiedMessagesMigration: Migration = {
  name: 'copied-messages',
  sql: `
alter table messages add column copied_from text;
drop index messages_prompts;
create index messages_prompts on messages (owner_id, created_at, id, conversation_id)
  where role = 'user' and kind = 'text' and copied_from is null;
`,
};
