import { clientAt, difference } from './client.ts';
import type { Journal, Reader } from './journal.ts';
import type { Snapshot, StoredMessage } from './snapshot.ts';

/** What a reader had for so long is there after a kill: twice the time between two savings. */
const SAFE_AFTER_MS = 1000;

/**
 * After a kill at `killedAt` (ms of `performance.now`): what was seen is the beginning of what is stored, and a reader
 * who comes back with the id of its last event ends with the stored text.
 */
export async function checkReaders(
  url: string,
  stored: Snapshot,
  killedAt: number,
  journal: Journal,
): Promise<void> {
  for (const reader of journal.readers) {
    const reply = replyOf(reader, stored);
    if (!reply) {
      if (reader.replyId)
        journal.violate('lost', `the reply ${reader.replyId} to ${reader.send.key} is lost`);
      continue;
    }
    checkSeen(reader, reply, killedAt, journal);
    if (reader.done) checkDone(reader, reply, journal);
    else await comeBack(url, reader, reply, journal);
  }
}

function replyOf({ replyId, send }: Reader, stored: Snapshot): StoredMessage | undefined {
  if (replyId) return stored.message(replyId);
  return stored.replies(stored.questions(send.clientId)[0]?.id ?? 'none')[0];
}

function checkSeen(reader: Reader, { content }: StoredMessage, killedAt: number, journal: Journal): void {
  const { text, marks, send } = reader;
  if (!content.startsWith(text) && !text.startsWith(content))
    journal.violate('text', `${send.key}: seen and stored differ ${difference(text, content)}`);
  const safe = marks.findLast(({ at }) => at <= killedAt - SAFE_AFTER_MS)?.length ?? 0;
  if (content.length < safe)
    journal.violate(
      'text',
      `${send.key}: ${safe} characters were seen 1 s before the kill, ${content.length} are stored`,
    );
  const firstLost = marks.find(({ length }) => length > content.length);
  if (firstLost) journal.most('oldest text lost, ms before the kill', killedAt - firstLost.at);
}

function checkDone({ done, send }: Reader, reply: StoredMessage, journal: Journal): void {
  if (done?.status === reply.status && done.content === reply.content) return;
  journal.violate(
    'lost',
    `${send.key}: a reader was told ${done?.status ?? ''}, stored is ${reply.status ?? ''}`,
  );
}

async function comeBack(url: string, reader: Reader, reply: StoredMessage, journal: Journal): Promise<void> {
  const { account } = reader.send;
  reader.replyId = reply.id;
  await clientAt(url, account, journal).follow(reader);
  if (!reader.done) return journal.violate('text', `${reader.send.key}: a reader who came back got no end`);
  journal.count('readers that came back');
  checkDone(reader, reply, journal);
  if (reader.text !== reply.content)
    journal.violate('text', `${reader.send.key}: the joined parts ${difference(reader.text, reply.content)}`);
  account.replies.push({ id: reply.id, send: reader.send });
}
