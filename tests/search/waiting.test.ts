import { expect, it } from 'vitest';
import { chatgpt, importArchive, node, zipOf } from '../support/archives.ts';
import { eventually, type Person } from '../support/chat.ts';
import { openDatabase, query } from '../support/database.ts';
import { setUpChat, type Bench } from '../support/set-up.ts';

let bench: Bench;
let ana: Person;
setUpChat((opened) => ({ bench, ana } = opened));

const LONG = 'tern '.repeat(8000);

const hitsOf = async (text: string) =>
  (await ana.call<{ hits: { kind: string; title: string }[] }>('GET', `/search?q=${text}`)).body.hits;
const found = (text: string) =>
  eventually(async () => {
    const hits = await hitsOf(text);
    return hits.length > 0 ? hits : undefined;
  });
const waiting = () => query(bench.salon.dir, 'select message_id from search_waiting');

/** A conversation whose answer is changed to a long text, as the end of a reply does. @returns its id */
async function endLong(word: string) {
  const { id, reply } = await ana.begin({ content: 'Tell [[n=1]]' });
  await ana.ended(id, reply.id);
  query(bench.salon.dir, 'update messages set content = ? where id = ?', `${LONG} ${word}`, reply.id);
  return id;
}

it('finds a long answer soon after its end, and no longer what stood there before', async () => {
  const { id, reply } = await ana.begin({ content: 'Which birds? [[n=1]]' });
  await ana.ended(id, reply.id);
  expect(await hitsOf('wort0')).not.toEqual([]);
  query(bench.salon.dir, 'update messages set content = ? where id = ?', `${LONG} noddy`, reply.id);
  expect((await found('noddy')).map(({ kind }) => kind)).toEqual(['message']);
  expect(await hitsOf('wort0')).toEqual([]);
  expect(waiting()).toEqual([]);
});

it('finds a long answer after a restart when the process ended before it was indexed', async () => {
  await endLong('skimmer');
  await bench.salon.restart();
  ana = ana.at(bench.salon.url);
  await found('skimmer');
  expect(waiting()).toEqual([]);
});

it('forgets a long answer that was deleted for good before it was indexed', async () => {
  const id = await endLong('guillemot');
  await ana.call('DELETE', `/conversations/${id}`);
  await ana.call('DELETE', `/trash/${id}`);
  expect(waiting()).toEqual([]);
  expect(await hitsOf('guillemot')).toEqual([]);
});

it('never indexes a long answer of a temporary conversation', async () => {
  const { id, reply } = await ana.begin({ content: 'Hush [[n=1]]' });
  await ana.ended(id, reply.id);
  const db = openDatabase(bench.salon.dir);
  db.prepare(`update conversations set kind = 'temporary' where id = ?`).run(id);
  db.prepare('update messages set content = ? where id = ?').run(`${LONG} dotterel`, reply.id);
  db.close();
  await eventually(() => (waiting().length === 0 ? true : undefined));
  expect(await hitsOf('dotterel')).toEqual([]);
});

it('finds what was imported soon after the import: titles, messages and the text of attachments', async () => {
  const notes = 'Sandpipers rest on the shore.';
  const archive = await zipOf({
    'conversations.json': [
      chatgpt('birds', [
        node('root', null),
        node('q', 'root', { text: 'Where do whimbrels winter?', at: 1 }),
        node('a', 'q', { role: 'assistant', text: 'In mangroves.', at: 2 }),
      ]),
    ],
  });
  expect((await importArchive(ana, archive)).added).toBe(1);
  expect((await found('whimbrels')).map(({ kind }) => kind)).toContain('message');
  await found('mangroves');
  const db = openDatabase(bench.salon.dir);
  db.prepare(
    `insert into attachments (id, owner_id, kind, name, type, bytes, text, created_at)
      select 'a1', owner_id, 'text', 'notes.txt', 'text/plain', 1, ?, created_at from messages where external_id = 'q'`,
  ).run(notes);
  db.prepare(
    `insert into message_attachments (message_id, position, attachment_id)
      select id, 0, 'a1' from messages where external_id = 'q'`,
  ).run();
  db.close();
  expect((await found('sandpipers')).map(({ kind }) => kind)).toEqual(['attachment']);
  expect(await hitsOf('has:file%20whimbrels')).toHaveLength(1);
});
