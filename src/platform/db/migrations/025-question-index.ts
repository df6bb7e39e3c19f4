import type { Migration } from './migrations.ts';

/**
 * The history counts questions by day: out of two indexes alone, without a look at each question's row and conversation.
 */
export const questionIndexMigration: Migration = {
  name: 'question-index',
  sql: `
drop index messages_prompts;
create index messages_prompts on messages (owner_id, created_at, id, conversation_id) where role = 'user' and kind = 'text';
-- What has no place in the history: few beside all others.
create index conversations_unlisted on conversations (id) where deleted_at is not null or kind <> 'normal';
`,
};
