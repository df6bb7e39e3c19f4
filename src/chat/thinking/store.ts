import type { Db, Statement } from '../../platform/db/db.ts';
import type { OpaqueItems } from '../../provider/provider.ts';
import { keepItems } from './sealed/store.ts';

/** Longer than any text in SQLite. */
const LONGEST = 2 ** 31 - 1;
const live = `status in ('queued', 'running')`;

export const statements = {
  append: `insert into thinking_pieces (message_id, position, text) select id, ?, ? from messages where id = ? and ${live}
    on conflict (message_id, position) do update set text = excluded.text`,
  setTime: `update messages set thinking_ms = ? where id = ? and ${live}`,
  setEnd: `update messages set thinking_ms = ?, thinking_tokens = ? where id = ? and ${live}`,
  remove: 'delete from thinking_pieces where message_id = ?',
  find: `select substr(string_agg(p.text, '' order by p.position), 1, ?) as text from thinking_pieces p
    join messages m on m.id = p.message_id where p.message_id = ? and m.owner_id = ?`,
  // A reply without text is tried anew, thought included.
  forgetEmpty: `delete from thinking_pieces where message_id = (select id from messages where id = ? and content = '')`,
} as const;

/** What was thought for how long. `position`: where the piece begins in the whole. */
export type ThinkingGrowth = { id: string; position: number; piece: string; ms: number };
/** `ms` is null where the model did not think, or nobody can tell. */
export type ThinkingEnd = {
  id: string;
  text: string;
  ms: number | null;
  tokens: number | null;
  items: OpaqueItems | undefined;
};

export const growThinking = ({ id, position, piece, ms }: ThinkingGrowth): Statement[] => [
  { sql: statements.append, params: [position, piece, id] },
  { sql: statements.setTime, params: [ms, id] },
];

/** Stands before the statement that ends the reply: what is over is not written again. */
export const endThinking = ({ id, text, ms, tokens, items }: ThinkingEnd): Statement[] => {
  const kept = keepItems(id, items);
  if (ms === null && tokens === null) return kept;
  const whole = [
    { sql: statements.remove, params: [id] },
    { sql: statements.append, params: [0, text, id] },
  ];
  return [...kept, ...(text === '' ? [] : whole), { sql: statements.setEnd, params: [ms, tokens, id] }];
};

export const forgetEmptyThinking = (id: string): Statement => ({
  sql: statements.forgetEmpty,
  params: [id],
});

/** The thought of a message of one's own, or so many characters of it; '' when there is none. */
export async function findThinking(db: Db, id: string, ownerId: string, limit = LONGEST): Promise<string> {
  const row = await db.get<{ text: string | null }>(statements.find, [limit, id, ownerId]);
  return row?.text ?? '';
}
