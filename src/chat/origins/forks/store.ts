import type { Db, Statement } from '../../../platform/db/db.ts';
import { TEMPORARY_MS } from '../../conversations/temporary/store.ts';
import { isShown, type ReplyStatus } from '../../store.ts';

/** Which message becomes which, below which parent, in which place: as `[from, to, parent, seq]`. */
export type CopiedMessage = [from: string, to: string, parentId: string, seq: number];
export type PathRow = {
  id: string;
  role: 'user' | 'assistant';
  status: ReplyStatus | null;
  bytes: number;
};

const from = `j.value ->> 0`;
const to = `j.value ->> 1`;
/** Messages of one's own that are not being written, with what they become. */
const copied = `from json_each(?) j cross join messages m on m.id = ${from} and m.owner_id = ?
    and (m.status is null or m.status not in ('queued', 'running'))`;

export const statements = {
  // Without the texts: their length stands in the head of a row.
  path: `with recursive path (id, parent_id, depth) as (
      select m.id, m.parent_id, 0 from messages m
      where m.id = ? and m.conversation_id = ? and m.owner_id = ? and ${isShown}
      union all
      select m.id, m.parent_id, path.depth + 1 from path join messages m on m.id = path.parent_id
      where path.depth < ? and ${isShown})
    select m.id, m.role, m.status, octet_length(m.content) as bytes
    from path join messages m on m.id = path.id order by path.depth desc`,
  // Until it is whole it is marked as deleted permanently, for a time that lies ahead: nobody sees a part of it.
  begin: `insert into conversations (id, owner_id, title, title_is_own, title_asked_at, provider_id, model, system_prompt,
      parameters, leaf_id, kind, expires_at, project_id, origin_id, origin_kind, origin_summary, created_at, updated_at, deleted_at,
      purged_at)
    select ?, c.owner_id, ?, ?, ?, c.provider_id, c.model, c.system_prompt, c.parameters, ?, c.kind,
      case c.kind when 'temporary' then ? end, c.project_id, c.id, 'fork', c.origin_summary, ?, ?, ?, ?
    from conversations c where c.id = ? and c.owner_id = ? and c.deleted_at is null`,
  insertRoot: `insert into messages (id, conversation_id, owner_id, seq, role, content, created_at)
    select id, id, owner_id, 0, 'hidden', '', created_at from conversations where id = ? and owner_id = ?`,
  copyMessages: `insert into messages (id, conversation_id, owner_id, parent_id, seq, role, kind, content, status,
      finish_reason, error, provider_id, model, variant, prompt_tokens, completion_tokens, usage_estimated, thinking_ms,
      thinking_tokens, copied_from, created_at, started_at, ended_at)
    select ${to}, ?, m.owner_id, j.value ->> 2, j.value ->> 3, m.role, m.kind, m.content, m.status,
      m.finish_reason, m.error, m.provider_id, m.model, m.variant, m.prompt_tokens, m.completion_tokens, m.usage_estimated,
      m.thinking_ms, m.thinking_tokens, coalesce(m.copied_from, m.id), m.created_at, m.started_at, m.ended_at
    ${copied}`,
  copyRendered: `insert into rendered_answers (message_id, renderer_version, source_length, html)
    select ${to}, r.renderer_version, r.source_length, r.html ${copied} join rendered_answers r on r.message_id = m.id`,
  copyThinking: `insert into thinking_pieces (message_id, position, text)
    select ${to}, p.position, p.text ${copied} join thinking_pieces p on p.message_id = m.id`,
  copySealed: `insert into model_items (message_id, provider_id, model, items)
    select ${to}, i.provider_id, i.model, i.items ${copied} join model_items i on i.message_id = m.id`,
  findContexts: `select ${to} as id, x.content ${copied} join reply_contexts x on x.message_id = m.id`,
  insertContext: 'insert into reply_contexts (message_id, content) values (?, ?)',
  finish: `update conversations set deleted_at = null, purged_at = null, client_id = ?, leaf_id = ?, updated_at = ?
    where id = ? and owner_id = ? and purged_at > ?
      and not exists (select 1 from conversations x where x.owner_id = ? and x.client_id = ?)`,
  giveUp: 'update conversations set purged_at = ? where id = ? and owner_id = ? and purged_at is not null',
} as const;

export type NewFork = {
  id: string;
  sourceId: string;
  ownerId: string;
  title: string;
  isOwnTitle: boolean;
  now: number;
  /** When it is removed unless it is whole by then. */
  until: number;
};

/** Copies of branches as rows; every look-up goes through the owner. */
export function createForkStore(db: Db) {
  return {
    /** From the first message to `lastId`, at most `limit` + 1. */
    path: (lastId: string, conversationId: string, ownerId: string, limit: number) =>
      db.all<PathRow>(statements.path, [lastId, conversationId, ownerId, limit]),
    /** Nothing is promised to anybody before `finish`, so these need not wait for the disk. */
    batch: (list: readonly Statement[]) => db.batch(list, 'deferred'),
    beginning: ({ id, sourceId, ownerId, title, isOwnTitle, now, until }: NewFork): Statement[] => [
      {
        sql: statements.begin,
        params: [
          ...[id, title, Number(isOwnTitle), now, id, now + TEMPORARY_MS],
          ...[now, now, now, until, sourceId, ownerId],
        ],
        mustChange: 'not_found',
      },
      { sql: statements.insertRoot, params: [id, ownerId] },
    ],
    copying: (conversationId: string, ownerId: string, list: readonly CopiedMessage[]): Statement[] => {
      const json = JSON.stringify(list);
      const beside = [statements.copyRendered, statements.copyThinking, statements.copySealed];
      return [
        { sql: statements.copyMessages, params: [conversationId, json, ownerId], mustChange: true },
        ...beside.map((sql) => ({ sql, params: [json, ownerId] })),
      ];
    },
    /** What models were sent for answers, by the id of the copy. */
    findContexts: (ownerId: string, list: readonly CopiedMessage[]) =>
      db.all<{ id: string; content: string }>(statements.findContexts, [JSON.stringify(list), ownerId]),
    contextInsertion: (id: string, content: string): Statement => ({
      sql: statements.insertContext,
      params: [id, content],
    }),
    /** Makes it visible. @throws AppError `conflict` when it took too long, or another has the client id */
    finish: (
      id: string,
      ownerId: string,
      { leafId, clientId, now }: { leafId: string; clientId: string | null; now: number },
    ) =>
      db.batch([
        {
          sql: statements.finish,
          params: [clientId, leafId, now, id, ownerId, now, ownerId, clientId],
          mustChange: true,
        },
      ]),
    giveUp: (id: string, ownerId: string, now: number) => db.run(statements.giveUp, [now, id, ownerId]),
  };
}

export type ForkStore = ReturnType<typeof createForkStore>;
