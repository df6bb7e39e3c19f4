import { expect, it } from 'vitest';
import { eventually, type Person } from '../support/chat.ts';
import { openDatabase, query } from '../support/database.ts';
import { setUpChat, type Bench } from '../support/set-up.ts';

let bench: Bench;
let ana: Person;
setUpChat((opened) => ({ bench, ana } = opened));

/** Kinds of what the index has for a term, in the order of their making. */
const found = (term: string) =>
  query<{ kind: string }>(
    bench.salon.dir,
    `select d.kind from search_index f join search_documents d on d.id = f.rowid where search_index match ? order by d.id`,
    `"${term}"`,
  ).map(({ kind }) => kind);

async function ask(content: string) {
  const { id, reply } = await ana.begin({ content });
  await ana.ended(id, reply.id);
  return { id, replyId: reply.id };
}

async function restart() {
  await bench.salon.restart();
  ana = ana.at(bench.salon.url);
}

it('has a question with its title from the start, and its answer when that ends', async () => {
  const { reply, id } = await ana.begin({ content: 'Where do lighthouses stand? [[n=300 tps=100]]' });
  expect(found('lighthouses')).toEqual(['title', 'message']);
  expect(found('wört0')).toEqual([]);
  await eventually(async () => (await ana.find(id, reply.id))?.content.trim() || undefined);
  await ana.call('POST', `/replies/${reply.id}/stop`);
  await ana.ended(id, reply.id);
  expect(found('wort0')).toEqual(['message']);
});

it('knows the new title alone after a change', async () => {
  const { id } = await ask('Anchors [[n=1]]');
  await ana.call('PATCH', `/conversations/${id}`, { title: 'Moorings' });
  expect([found('anchors'), found('moorings')]).toEqual([['message'], ['title']]);
});

it('loses what is deleted for good, also its words in the file', async () => {
  const { id } = await ask('Zeppelins [[n=1]]');
  await ana.call('DELETE', `/conversations/${id}`);
  await ana.call('DELETE', `/trash/${id}`);
  expect(found('zeppelins')).toEqual([]);
  await restart();
  await eventually(() => {
    const left = query(
      bench.salon.dir,
      `select 1 from search_index_data where instr(block, 'zeppelins') > 0`,
    );
    return left.length === 0 || undefined;
  });
});

it('never has anything of a temporary conversation, until it is kept', async () => {
  const { id } = await ask('Submarines [[n=1]]');
  query(bench.salon.dir, `update conversations set kind = 'temporary' where id = ?`, id);
  expect(found('submarines')).toEqual([]);
  await ana.call('PATCH', `/conversations/${id}`, { title: 'Periscopes' });
  expect(found('periscopes')).toEqual([]);
  query(bench.salon.dir, `update conversations set kind = 'normal' where id = ?`, id);
  expect([found('submarines'), found('periscopes')]).toEqual([['message'], ['title']]);
});

it('has the text of an attachment under the message that it is attached to', async () => {
  const { id } = await ask('Read this [[n=1]]');
  const db = openDatabase(bench.salon.dir);
  db.prepare(
    `insert into attachments (id, owner_id, kind, name, type, bytes, text, created_at)
      select 'a1', owner_id, 'pdf', 'tides.pdf', 'application/pdf', 1, 'spring and neap', created_at from conversations where id = ?`,
  ).run(id);
  db.prepare(
    `insert into message_attachments (message_id, position, attachment_id)
      select id, 0, 'a1' from messages where conversation_id = ? and role = 'user'`,
  ).run(id);
  expect(found('neap')).toEqual(['attachment']);
  expect(found('hasfile')).toEqual(['message', 'attachment']);
  db.prepare(`update attachments set text = 'ebb and flow' where id = 'a1'`).run();
  db.close();
  expect([found('neap'), found('ebb')]).toEqual([[], ['attachment']]);
});

it('indexes what is older than itself in the background, the newest first, and goes on after a restart', async () => {
  for (const word of ['gannet', 'puffin', 'petrel']) await ask(`${word} [[n=1]]`);
  const db = openDatabase(bench.salon.dir);
  db.exec(`delete from search_documents;
    delete from search_progress;
    insert into search_progress select 'titles', max(rowid) + 1, max(rowid) + 1 from conversations;
    insert into search_progress select 'messages', max(rowid) + 1, max(rowid) + 1 from messages;`);
  db.close();
  expect(found('gannet')).toEqual([]);
  await restart();
  await eventually(() => query(bench.salon.dir, 'select 1 from search_progress').length === 0 || undefined);
  expect(['gannet', 'puffin', 'petrel'].map(found)).toEqual(Array(3).fill(['title', 'message']));
});
