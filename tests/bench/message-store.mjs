// Stores questions and answers as Salon does, in its own process: `node tests/bench/message-store.mjs plan.json` prints
// one JSON object. The plan: program (Salon's own code, bundled), path (the database), username, seconds, writers.
import { readFileSync } from 'node:fs';
import { createTexts } from './seed-texts.mjs';

const QUESTION_WORDS = 12;
const ANSWER_WORDS = 120;
/** Exchanges in one conversation. */
const EXCHANGES = 10;
const plan = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const { openSqlite, createIds, exchangeStatements, createReplyStore } = await import(plan.program);

const db = openSqlite(plan.path);
const replies = createReplyStore(db);
const newId = createIds();
const text = createTexts(2);
const ownerId = (await db.get('select id from users where username = ?', [plan.username])).id;
const end = performance.now() + plan.seconds * 1000;
const begun = performance.now();
const counts = await Promise.all(Array.from({ length: plan.writers }, write));
const seconds = (performance.now() - begun) / 1000;
await db.close();
const messages = counts.reduce((sum, count) => sum + count, 0);
process.stdout.write(JSON.stringify({ messages, perSecond: messages / seconds }));

/** One person who asks and is answered, until the time is over. @returns how many messages were stored */
async function write() {
  let stored = 0;
  while (performance.now() < end) {
    const conversationId = newId();
    const now = Date.now();
    await db.batch([
      {
        sql: `insert into conversations (id, owner_id, title, leaf_id, created_at, updated_at) values (?, ?, '', ?, ?, ?)`,
        params: [conversationId, ownerId, conversationId, now, now],
      },
      {
        sql: `insert into messages (id, conversation_id, owner_id, seq, role, content, created_at) values (?, ?, ?, 0, 'hidden', '', ?)`,
        params: [conversationId, conversationId, ownerId, now],
      },
    ]);
    for (let i = 0; i < EXCHANGES && performance.now() < end; i += 1) {
      await exchange(conversationId);
      stored += 2;
    }
  }
  return stored;
}

/** A question with its empty reply, and then the end of the reply: two transactions, as for a person who waits. */
async function exchange(conversationId) {
  const ids = { question: newId(), reply: newId() };
  const content = text(QUESTION_WORDS);
  const now = Date.now();
  const about = { kind: 'text', title: content, maxActive: 1000, now };
  await db.batch(exchangeStatements({ ids, conversationId, ownerId, content, ...about }));
  const counts = { promptTokens: 20, completionTokens: 200, estimated: 0 };
  const ending = { status: 'complete', finishReason: 'stop', error: null, model: 'bench', providerId: null };
  await replies.finish(
    { id: ids.reply, startedAt: now, content: text(ANSWER_WORDS), ...ending, ...counts },
    { thinking: { id: ids.reply, text: '', ms: null, tokens: null }, context: undefined },
    Date.now(),
  );
}
