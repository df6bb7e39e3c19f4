import { expect } from 'vitest';
import type { ConversationJson } from '../../support/chat.ts';
import { query } from '../../support/database.ts';
import { textRead, type Device, type Record } from './device.ts';

export type Row = {
  id: string;
  parent_id: string | null;
  seq: number;
  role: string;
  content: string;
  status: string | null;
  client_id: string | null;
};
const live = ['queued', 'running'];
const finals = ['complete', 'stopped', 'failed', 'interrupted'];

/** All messages of a conversation but its hidden root, in their order. */
export const rowsOf = (dir: string, conversationId: string): Row[] =>
  query<Row>(
    dir,
    `select m.id, nullif(m.parent_id, m.conversation_id) as parent_id, m.seq, m.role, t.text as content, m.status, m.client_id
      from messages m join message_texts t on t.id = m.id
      where m.conversation_id = ? and m.role <> 'hidden' order by m.seq`,
    conversationId,
  );

/** At any moment: an answer is below a question of its conversation, and a question has one live answer at most. */
export function checkAnyTime(rows: readonly Row[]): void {
  const byId = new Map(rows.map((row) => [row.id, row]));
  const liveOf = new Map<string | null, number>();
  for (const { id, parent_id: parentId, seq, role, status } of rows) {
    const parent = byId.get(parentId ?? '');
    expect(
      parentId === null || (parent !== undefined && parent.seq < seq),
      `${id} comes after its parent`,
    ).toBe(true);
    if (role === 'assistant') expect(parent?.role, `the reply ${id} answers a question`).toBe('user');
    else expect(parent?.role, `the question ${id} follows an answer`).not.toBe('user');
    if (status !== null && live.includes(status)) liveOf.set(parentId, (liveOf.get(parentId) ?? 0) + 1);
  }
  for (const [question, count] of liveOf) expect(count, `live answers of ${question}`).toBe(1);
  expect(new Set(rows.map(({ seq }) => seq)).size, 'one order').toBe(rows.length);
}

/** When nothing runs any more: what was acknowledged is there once, in its place, and nothing was written over. */
export function checkSettled(
  rows: readonly Row[],
  record: Record,
  complete: ReadonlyMap<string, string>,
): void {
  const byId = new Map(rows.map((row) => [row.id, row]));
  for (const { clientId, answer, contents, parentId, withdrawn } of record.sent) {
    const found = rows.filter((row) => row.client_id === clientId);
    expect(found.length, `${contents[0]} is there once`).toBeLessThanOrEqual(1);
    if (withdrawn === 'yes') expect(found, `${contents[0]} was taken back`).toEqual([]);
    const [row] = found;
    if (!row) {
      const mayBeGone = withdrawn !== 'no' || !answer;
      expect(mayBeGone, `${contents[0]} was acknowledged and is lost`).toBe(true);
      continue;
    }
    expect(contents, 'the text of a question').toContain(row.content);
    // What stood behind a question that was taken back has moved up.
    const isPlaceLeft = parentId === null || (parentId !== undefined && byId.has(parentId));
    if (isPlaceLeft) expect(row.parent_id, `the place of ${contents[0]}`).toBe(parentId);
    const replies = rows.filter((one) => one.parent_id === row.id);
    expect(replies.length, `answers to ${contents[0]}`).toBeGreaterThan(0);
  }
  for (const { replyId, questionId } of record.regenerated) {
    if (byId.has(questionId ?? '')) expect(byId.get(replyId)?.parent_id).toBe(questionId);
  }
  for (const { id, role, status } of rows)
    if (role === 'assistant') expect(finals, `the end of ${id}`).toContain(status);
  for (const [id, content] of complete)
    if (byId.has(id)) expect(byId.get(id)?.content, `${id} was complete before`).toBe(content);
}

/** What a reader has in the end, over all its connections, is the stored text. */
export function checkReadings(rows: readonly Row[], record: Record): void {
  const byId = new Map(rows.map((row) => [row.id, row]));
  for (const reading of record.readings) {
    const row = byId.get(reading.replyId);
    if (row) expect(textRead(reading), `what was read of ${reading.replyId}`).toBe(row.content);
  }
}

/** Each device is shown the same branches in the same order, each from its first question down. */
export async function checkDevices(
  rows: readonly Row[],
  id: string,
  devices: readonly Device[],
): Promise<void> {
  const byId = new Map(rows.map((row) => [row.id, row]));
  const parents = new Set(rows.map(({ parent_id: parentId }) => parentId));
  const leaves = rows.filter((row) => !parents.has(row.id));
  for (const leaf of leaves) {
    const path: string[] = [];
    for (let row: Row | undefined = leaf; row; row = byId.get(row.parent_id ?? '')) path.unshift(row.id);
    for (const device of devices)
      expect(await shown(device, `/conversations/${id}?at=${leaf.id}`)).toEqual(path);
  }
  const [first, ...others] = await Promise.all(
    devices.map((device) => shown(device, `/conversations/${id}`)),
  );
  for (const other of others) expect(other).toEqual(first);
}

async function shown(device: Device, path: string): Promise<string[] | undefined> {
  const answer = await device.person()?.call<ConversationJson>('GET', path);
  return answer?.body.messages.map((message) => message.id);
}
