import type { Statement } from '../../platform/db/db.ts';
import { TEMPORARY_MS } from '../conversations/temporary/store.ts';

const nextSeq = (id: string) =>
  `(select coalesce(max(s.seq), 0) + 1 from messages s where s.conversation_id = ${id})`;

export const statements = {
  // The question is stored only if the conversation is the caller's, the parent is in it and the caller has room left.
  insertQuestion: `insert into messages
      (id, conversation_id, owner_id, parent_id, seq, role, kind, content, client_id, created_at)
    select ?, c.id, c.owner_id, coalesce(?, c.leaf_id), ${nextSeq('c.id')}, 'user', ?, ?, ?, ?
    from conversations c
    where c.id = ? and c.owner_id = ? and c.deleted_at is null
      and (select count(*) from active_work w where w.owner_id = c.owner_id) < ?
      and (? is null or exists (select 1 from messages p where p.id = ? and p.conversation_id = c.id
        and (p.role <> 'hidden' or p.parent_id is null)))
    on conflict (conversation_id, client_id) do nothing`,
  insertReply: `insert into messages
      (id, conversation_id, owner_id, parent_id, seq, role, kind, content, status, model, variant, created_at, heartbeat_at)
    select ?, q.conversation_id, q.owner_id, q.id, ${nextSeq('q.conversation_id')}, 'assistant', q.kind, '',
      case q.kind when 'image' then 'complete' else 'queued' end, ?, ?, ?, ?
    from messages q join conversations c on c.id = q.conversation_id
    where q.id = ? and q.owner_id = ? and q.role = 'user' and c.deleted_at is null
      and not exists (select 1 from messages s where s.parent_id = q.id and s.status in ('queued', 'running'))
      and (select count(*) from active_work w where w.owner_id = q.owner_id) < ?`,
  moveLeaf: `update conversations set leaf_id = ?, updated_at = ?, expires_at = case kind when 'temporary' then ? end
    where id = (select conversation_id from messages where id = ?)`,
  // A conversation that was begun without a question gets its title from its first one.
  nameConversation: `update conversations set title = ?
    where title = '' and title_is_own = 0 and id = (select conversation_id from messages where id = ?)`,
} as const;

export type NewReply = {
  replyId: string;
  questionId: string;
  ownerId: string;
  model: string | undefined;
  /** As JSON. */
  variant?: string | undefined;
  maxActive: number;
  now: number;
};
export type NewExchange = {
  ids: { question: string; reply: string };
  conversationId: string;
  ownerId: string;
  kind: 'text' | 'image';
  content: string;
  parentId?: string | undefined;
  title: string;
  clientId?: string | undefined;
  model?: string | undefined;
  maxActive: number;
  now: number;
};

/** Question, empty reply, new end of the branch and a title for a conversation without one, to be run as one batch. */
export function exchangeStatements(input: NewExchange): [Statement, ...Statement[]] {
  const { ids, ownerId, model, now, maxActive } = input;
  const parent = input.parentId ?? null;
  return [
    {
      sql: statements.insertQuestion,
      params: [
        ...[ids.question, parent, input.kind, input.content, input.clientId ?? null, now],
        ...[input.conversationId, ownerId, maxActive, parent, parent],
      ],
    },
    ...replyStatements({ replyId: ids.reply, questionId: ids.question, ownerId, model, maxActive, now }),
    { sql: statements.nameConversation, params: [input.title, ids.question] },
  ];
}

/** Another empty reply to a question, which becomes the end of the branch; to be run as one batch. */
export function replyStatements(input: NewReply): Statement[] {
  const { replyId, questionId, ownerId, model = null, variant = null, maxActive, now } = input;
  return [
    {
      sql: statements.insertReply,
      params: [replyId, model, variant, now, now, questionId, ownerId, maxActive],
    },
    { sql: statements.moveLeaf, params: [replyId, now, now + TEMPORARY_MS, replyId] },
  ];
}
