import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { personAt, settingsFor, signUpAt, type Person } from '../support/chat.ts';
import { textOf } from '../support/model-server-chat.ts';
import { startModelServer, type ModelServer } from '../support/model-server.ts';
import { spawnSalon, type SalonProcess } from '../support/process.ts';

/** What a sender knows: `replyId` once the question was acknowledged. */
type Sent = {
  person: Person;
  conversationId: string;
  content: string;
  clientId: string;
  replyId: string | undefined;
};
type Seen = { at: number; text: string };

/** Text that a reader had for so long is there after a kill: twice the time between two savings. In milliseconds. */
const SAFE_AFTER_MS = 1000;
const PIECES = 400;

let model: ModelServer;
beforeAll(async () => {
  model = await startModelServer();
});
afterAll(() => model.close());

/** Numbers from 0 to 1 by a fixed seed (a linear congruential sequence), so that each run kills at the same moments. */
function sequence(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 1_103_515_245 + 12_345) % 2_147_483_648) / 2_147_483_648;
}

it('kill -9 at eight moments loses nothing that was acknowledged', async () => {
  const random = sequence(20_261_120);
  let salon = await spawnSalon({ env: settingsFor(model) });
  const { dir } = salon;
  let people = [
    await signUpAt(salon.url, 'Ana'),
    await signUpAt(salon.url, 'Bea'),
    await signUpAt(salon.url, 'Cleo'),
  ];
  const all: Sent[] = [];
  try {
    // Eight moments; on a slow machine some more, until there was enough to lose.
    for (let round = 0; round < 8 || (round < 20 && acknowledged(all) <= 20); round++) {
      const sent: Sent[] = [];
      const seen = new Map<string, Seen[]>();
      const work = Promise.all(
        people.map((person, i) =>
          load({ person, word: `round${round}-person${i}`, sent, seen }).catch(isServerGone),
        ),
      );
      await new Promise((resolve) => setTimeout(resolve, 150 + random() * 2500));
      const killedAt = performance.now();
      await salon.kill('SIGKILL');
      await work;
      const aliveAt = lastSignOfLife(seen, killedAt);
      checkFile(dir);

      salon = await spawnSalon({ dir, env: settingsFor(model) });
      people = people.map((person) => personAt(salon.url, person.cookie));
      all.push(...sent);
      for (const one of sent) {
        const person = personAt(salon.url, one.person.cookie);
        await checkQuestion(person, one);
        await checkReply(person, one, seen.get(one.replyId ?? '') ?? [], aliveAt);
      }
    }
    expect(acknowledged(all)).toBeGreaterThan(20);
    await checkNothingRuns(salon, dir);
  } finally {
    await salon.remove();
  }
}, 180_000);

const acknowledged = (all: readonly Sent[]) => all.filter(({ replyId }) => replyId !== undefined).length;

/**
 * When any reader last heard of the server before the kill: just before it, unless the machine was too busy to let the
 * server work. Counted from here, the time between two savings is the server's own, not that of this process.
 */
function lastSignOfLife(seen: ReadonlyMap<string, readonly Seen[]>, killedAt: number): number {
  const heard = [...seen.values()].flatMap((texts) => texts.map(({ at }) => at));
  return heard.reduce((last, at) => (at <= killedAt ? Math.max(last, at) : last), 0);
}

/** One person: a conversation, questions one after the other, each answer read as it grows; until the server is gone. */
async function load({
  person,
  word,
  sent,
  seen,
}: {
  person: Person;
  word: string;
  sent: Sent[];
  seen: Map<string, Seen[]>;
}) {
  const { id } = await person.begin({ title: word });
  for (let n = 0; ; n++) {
    const content = `${word} number ${n}. [[n=${n % 3 === 2 ? 3 : PIECES} tps=150]]`;
    const one: Sent = { person, conversationId: id, content, clientId: `${word}-${n}`, replyId: undefined };
    sent.push(one);
    const { reply } = await person.ask(id, content, { client_id: one.clientId });
    one.replyId = reply.id;
    const texts: Seen[] = [];
    seen.set(reply.id, texts);
    let text = '';
    await person.follow(reply.id, {
      query: '?format=text',
      until: ({ event, data }) => {
        if (event === 'delta') texts.push({ at: performance.now(), text: (text += String(data['text'])) });
        return text.length > 600 + n * 200;
      },
    });
  }
}

/** A connection that broke off is what a kill looks like; everything else is a fault. */
function isServerGone(error: unknown): void {
  if (!(error instanceof TypeError)) throw error;
}

/** Acknowledged: there exactly once. Not acknowledged: absent or there once, and a repeat makes it once. */
async function checkQuestion(person: Person, one: Sent) {
  const count = async () => {
    const { messages } = await person.read(one.conversationId);
    messages.forEach((message, i) => expect(message.parent_id).toBe(messages[i - 1]?.id ?? null));
    return messages.filter(({ content }) => content === one.content).length;
  };
  if (one.replyId === undefined) {
    expect(await count()).toBeLessThanOrEqual(1);
    await person.stop(
      (await person.ask(one.conversationId, one.content, { client_id: one.clientId })).reply.id,
    );
  }
  expect(await count()).toBe(1);
}

async function checkReply(person: Person, { conversationId, replyId }: Sent, seen: Seen[], aliveAt: number) {
  if (replyId === undefined) return;
  const reply = await person.find(conversationId, replyId);
  if (!reply) throw new Error('an acknowledged answer is missing');
  expect(['complete', 'interrupted']).toContain(reply.status);
  // Complete only with a finish reason, and then whole.
  if (reply.status === 'complete') expect(reply.finish_reason).toBe('stop');
  else expect(reply.error?.code).toBe('interrupted');
  const whole = textOf(PIECES);
  expect(whole.startsWith(reply.content)).toBe(true);
  const last = seen.at(-1)?.text ?? '';
  expect(whole.startsWith(last)).toBe(true);
  const safe = seen.findLast(({ at }) => at <= aliveAt - SAFE_AFTER_MS)?.text ?? '';
  expect(reply.content.startsWith(safe)).toBe(true);
}

async function checkNothingRuns(salon: SalonProcess, dir: string) {
  const db = new Sqlite(join(dir, 'data', 'salon.db'), { readonly: true });
  const rows = db.prepare("select id, owner_id from messages where status in ('queued', 'running')").all();
  expect(rows).toEqual([]);
  expect(db.prepare('select reply_id from reply_pieces').all()).toEqual([]);
  const cut = db
    .prepare("select id, conversation_id from messages where status = 'interrupted' and content <> ''")
    .all() as { id: string; conversation_id: string }[];
  const repeated = db
    .prepare(
      'select conversation_id, client_id from messages where client_id is not null group by 1, 2 having count(*) > 1',
    )
    .all();
  db.close();
  expect(repeated).toEqual([]);
  expect(cut.length).toBeGreaterThan(3);
  expect(salon.output()).not.toMatch(/unhandled|uncaught/);
}

/** The file as the kill left it, before anyone opened it again. */
function checkFile(dir: string) {
  const db = new Sqlite(join(dir, 'data', 'salon.db'));
  expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
  expect(db.pragma('foreign_key_check')).toEqual([]);
  db.close();
}
