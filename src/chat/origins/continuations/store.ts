import type { Db, Statement } from '../../../platform/db/db.ts';
import { TEMPORARY_MS } from '../../conversations/temporary/store.ts';

export type WrittenSummaryRow = {
  leaf_id: string;
  status: 'running' | 'complete' | 'failed';
  content: string;
  error: string | null;
};

const own = 'conversation_id = ? and owner_id = ?';

export const statements = {
  find: `select leaf_id, status, content, error from continuation_summaries where ${own}`,
  begin: `insert into continuation_summaries (conversation_id, owner_id, leaf_id, status, created_at)
    select c.id, c.owner_id, ?, 'running', ? from conversations c where c.id = ? and c.owner_id = ? and c.deleted_at is null
    on conflict (conversation_id) do update set leaf_id = excluded.leaf_id, status = 'running', content = '', error = null,
      created_at = excluded.created_at`,
  complete: `update continuation_summaries set status = 'complete', content = ? where ${own} and status = 'running'`,
  fail: `update continuation_summaries set status = 'failed', error = ? where ${own} and status = 'running'`,
  remove: `delete from continuation_summaries where ${own}`,
  findOrigin: 'select origin_summary from conversations where id = ? and owner_id = ?',
  changeOrigin: `update conversations set origin_summary = ?
    where id = ? and owner_id = ? and deleted_at is null and origin_summary is not null`,
  // With the model, the instructions and the parameters of the first one.
  continueFrom: `insert into conversations (id, owner_id, client_id, title, provider_id, model, system_prompt, parameters, leaf_id,
      kind, expires_at, project_id, origin_id, origin_kind, origin_summary, created_at, updated_at)
    select ?, c.owner_id, ?, ?, c.provider_id, c.model, c.system_prompt, c.parameters, ?, c.kind,
      case c.kind when 'temporary' then ? end, c.project_id, c.id, 'summary', ?, ?, ?
    from conversations c where c.id = ? and c.owner_id = ? and c.deleted_at is null
    on conflict (owner_id, client_id) do nothing`,
  insertRoot: `insert into messages (id, conversation_id, owner_id, seq, role, content, created_at)
    select id, id, owner_id, 0, 'hidden', '', created_at from conversations where id = ? and owner_id = ?`,
} as const;

export type NewContinuation = {
  id: string;
  sourceId: string;
  ownerId: string;
  clientId: string | null;
  title: string;
  summary: string;
  now: number;
};

/** What the conversation of one's own goes on from, as models are sent it; null when it does not. */
export async function findOriginSummary(db: Db, id: string, ownerId: string): Promise<string | null> {
  const row = await db.get<{ origin_summary: string | null }>(statements.findOrigin, [id, ownerId]);
  return row?.origin_summary ?? null;
}

/** @returns false for a conversation that is not there, or goes on from no summary */
export const changeOriginSummary = async (
  db: Db,
  id: string,
  ownerId: string,
  summary: string,
): Promise<boolean> => (await db.run(statements.changeOrigin, [summary, id, ownerId])) > 0;

/** Summaries from which other conversations go on. */
export function createContinuationStore(db: Db) {
  return {
    find: (id: string, ownerId: string) => db.get<WrittenSummaryRow>(statements.find, [id, ownerId]),
    /** @returns false when the conversation is not there */
    begin: async (id: string, ownerId: string, { leafId, now }: { leafId: string; now: number }) =>
      (await db.run(statements.begin, [leafId, now, id, ownerId])) > 0,
    complete: (id: string, ownerId: string, content: string) =>
      db.run(statements.complete, [content, id, ownerId]),
    /** `error`: as JSON. */
    fail: (id: string, ownerId: string, error: string) => db.run(statements.fail, [error, id, ownerId]),
    /** The new conversation, and the summary that was written for it is not needed any more. */
    continueFrom: (input: NewContinuation) => {
      const { id, sourceId, ownerId, clientId, title, summary, now } = input;
      const insertion: Statement = {
        sql: statements.continueFrom,
        params: [id, clientId, title, id, now + TEMPORARY_MS, summary, now, now, sourceId, ownerId],
        mustChange: true,
      };
      return db.batch([
        insertion,
        { sql: statements.insertRoot, params: [id, ownerId] },
        { sql: statements.remove, params: [sourceId, ownerId] },
      ]);
    },
  };
}

export type ContinuationStore = ReturnType<typeof createContinuationStore>;
