import type { Migration } from './migrations.ts';

/**
 * The text of a running reply is its `content` and the pieces that came since its writer began. Appending a piece costs
 * the same however long the reply is; the end of the reply puts the whole text into `content` and removes the pieces.
 */
export const replyGrowthMigration: Migration = {
  name: 'reply-growth',
  sql: `
-- By reply, so that the pieces of one are side by side: few pages change when its end removes them.
create table reply_pieces (
  reply_id text not null references messages (id) on delete cascade,
  -- Where the piece begins in the whole text, in UTF-16 units.
  position integer not null,
  text text not null,
  primary key (reply_id, position)
) strict, without rowid;

-- The text of each message as it is now: whoever reads \`content\` of a reply that may be running reads this.
create view message_texts (id, text) as
  select m.id, case when m.status in ('queued', 'running')
    then m.content || coalesce(
      (select string_agg(p.text, '' order by p.position) from reply_pieces p where p.reply_id = m.id), '')
    else m.content end
  from messages m;
`,
};
