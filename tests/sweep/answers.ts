import type { MessageJson } from '../support/chat.ts';
import type { Send } from './journal.ts';
import { newReader, newSend } from './sends.ts';
import type { Tab } from './tab.ts';

/** Asks a question, in a new conversation or an old one, and mostly reads the answer. */
export async function ask(tab: Tab, kind: 'start' | 'message'): Promise<void> {
  const { client, account, dice, journal } = tab;
  const conversationId = dice.pick(account.conversations.slice(-3));
  const send = newSend(tab, conversationId ? kind : 'start', conversationId);
  setImmediate(() => journal.moments.emit('message'));
  // Now and then an impatient double click.
  const isStored = dice.chance(0.1)
    ? await Promise.all([client.send(send), client.send(send)])
    : [await client.send(send)];
  if (!isStored.includes(true)) return;
  if (send.answer?.conversationId) account.conversations.push(send.answer.conversationId);
  if (dice.chance(0.25)) return;
  await read(tab, send);
  if (send.answer?.replyId) account.replies.push({ id: send.answer.replyId, send });
}

/** Reads to the end, or with breaks; sometimes in two tabs. */
async function read(
  { client, dice, journal }: Tab,
  send: Send,
  replyId = send.answer?.replyId,
): Promise<void> {
  const readings = Array.from({ length: dice.chance(0.2) ? 2 : 1 }, async () => {
    const reader = newReader(journal, send, replyId);
    for (let breaks = dice.whole(0, 2); breaks > 0 && !reader.done; breaks--) {
      const target = reader.text.length + dice.whole(1, 500);
      await client.follow(reader, () => reader.text.length >= target);
    }
    if (!reader.done) await client.follow(reader);
  });
  await Promise.all(readings);
}

/** Asks and reads in one request. */
export async function askAsStream(tab: Tab): Promise<void> {
  const conversationId = tab.dice.pick(tab.account.conversations.slice(-3));
  if (!conversationId) return;
  await tab.client.stream(newReader(tab.journal, newSend(tab, 'stream', conversationId)));
}

/** Stops an answer in the middle; the text that was kept stays. */
export async function stop(tab: Tab): Promise<void> {
  const { client, account, dice, journal } = tab;
  const send = newSend(tab, 'start');
  if (!(await client.send(send)) || !send.answer?.replyId) return;
  const id = send.answer.replyId;
  const reader = newReader(journal, send, id);
  const target = dice.whole(0, 300);
  await client.follow(reader, () => reader.text.length >= target);
  const told = await client.call('POST', `/replies/${id}/stop`);
  const { status, content } = told.body['message'] as MessageJson;
  journal.promises.push({
    what: `the stopped reply ${id}`,
    sql: `select status || ': ' || content as value from messages where id = ?`,
    params: [id],
    expected: `${status ?? ''}: ${content}`,
  });
  journal.count('stops');
  account.replies.push({ id, send });
}

/** Takes a reply that is not whole further, sometimes from two tabs at once: only one of them may be let in. */
export async function continueReply(tab: Tab): Promise<void> {
  const { client, account, dice, journal } = tab;
  const chosen = dice.pick(account.replies);
  if (!chosen) return;
  account.replies = account.replies.filter((reply) => reply !== chosen);
  // What was promised about its end, and seen of it, holds no longer.
  journal.promises = journal.promises.filter(({ params }) => params[0] !== chosen.id);
  journal.readers = journal.readers.filter(({ replyId }) => replyId !== chosen.id);
  const times = dice.chance(0.2) ? 2 : 1;
  journal.note('continue', { id: chosen.id, times });
  chosen.send.actions += times;
  setImmediate(() => journal.moments.emit('continue'));
  const told = await Promise.all(
    Array.from({ length: times }, () => client.call('POST', `/replies/${chosen.id}/continue`)),
  );
  for (const { status } of told)
    if (![201, 409, 429].includes(status)) journal.violate('answer', `continue gave ${status}`);
  if (!told.some(({ status }) => status === 201)) return;
  journal.count('continued');
  await read(tab, chosen.send, chosen.id);
}

/** Asks for another answer beside the first. */
export async function regenerate(tab: Tab): Promise<void> {
  const { client, account, dice, journal } = tab;
  const chosen = dice.pick(account.replies);
  if (!chosen) return;
  journal.note('regenerate', { id: chosen.id });
  chosen.send.actions += 1;
  chosen.send.regenerations += 1;
  const { status, body } = await client.call('POST', `/messages/${chosen.id}/regenerate`);
  // There is another one being written, or too many.
  if ([409, 429].includes(status)) return;
  if (status !== 201) return journal.violate('answer', `regenerate gave ${status}`);
  const { id } = body['reply'] as MessageJson;
  journal.promises.push({
    what: `another answer ${id}`,
    sql: 'select id as value from messages where id = ?',
    params: [id],
    expected: id,
  });
  journal.count('regenerated');
  await read(tab, chosen.send, id);
}
