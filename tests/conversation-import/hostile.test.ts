import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { chatgpt, importArchive, node, preview, zipOf } from '../support/archives.ts';
import type { Person } from '../support/chat.ts';
import { query } from '../support/database.ts';
import { setUpPeople, type Bench } from '../support/set-up.ts';

let bench: Bench;
let ana: Person;
setUpPeople(['Ana'], (...opened) => ([bench, ana] = opened));

const small = () => [chatgpt('c', [node('root', null), node('q', 'root', { text: 'hello' })])];
const leftFiles = () => readdir(join(bench.salon.dir, 'data', 'imports')).catch(() => []);

/** The same archive with each place of `from` as `to`, which must be as long. */
function changed(archive: Buffer, from: string, to: string): Buffer {
  expect(to.length).toBe(from.length);
  return Buffer.from(archive.toString('latin1').replaceAll(from, to), 'latin1');
}
/** Sets the flag of encryption in all headers. */
function encrypted(archive: Buffer): Buffer {
  const copy = Buffer.from(archive);
  for (const [signature, at] of [
    ['PK\u0003\u0004', 6],
    ['PK\u0001\u0002', 8],
  ] as const)
    for (let found = copy.indexOf(signature); found >= 0; found = copy.indexOf(signature, found + 1))
      copy.writeUInt16LE(copy.readUInt16LE(found + at) | 1, found + at);
  return copy;
}

it.each([
  [
    'is cut off',
    async () => (await zipOf({ 'conversations.json': small() })).subarray(0, -30),
    'archive_damaged',
  ],
  [
    'has a path out of it',
    async () => changed(await zipOf({ 'aa/evil.json': small() }), 'aa/', '../'),
    'archive_unsafe',
  ],
  [
    'has an absolute path',
    async () => changed(await zipOf({ 'a/evil.json': small() }), 'a/e', '/ae'),
    'archive_unsafe',
  ],
  [
    'has an entry twice',
    async () =>
      changed(
        await zipOf({ 'conversations.json': small(), 'conversationz.json': '' }),
        'conversationz',
        'conversations',
      ),
    'archive_unsafe',
  ],
  [
    'is encrypted',
    async () => encrypted(await zipOf({ 'conversations.json': small() })),
    'archive_encrypted',
  ],
  ['is a bomb', () => zipOf({ 'conversations.json': ' '.repeat(60_000_000) }), 'archive_unsafe'],
  ['is something else', () => zipOf({ 'holiday.txt': 'sun' }), 'archive_unknown'],
  ['is empty', () => zipOf({}), 'archive_unknown'],
  ['is a text', () => Promise.resolve(Buffer.from('hello')), 'archive_unknown'],
  [
    'is an image',
    () => Promise.resolve(Buffer.from('\u0089PNG\r\n\u001a\n rest', 'latin1')),
    'archive_unknown',
  ],
  ['is JSON of another kind', () => Promise.resolve(Buffer.from('[{"a": 1}, 2]')), 'archive_unknown'],
])('refuses with a sentence what %s, and keeps nothing of it', async (_what, make, code) => {
  const archive = await make();
  const looked = await preview(ana, archive);
  expect([looked.status, looked.body.code]).toEqual([422, code]);
  const report = await importArchive(ana, archive);
  expect(report).toMatchObject({ status: 'failed', error: { code } });
  expect(report.error?.message).toMatch(/^[A-Z].{20,}\.$/);
  expect(query(bench.salon.dir, 'select id from conversations')).toEqual([]);
  await expect.poll(leftFiles).toEqual([]);
});

it('takes what is whole of a list that breaks off, or has damaged and strange elements', async () => {
  const [first] = small();
  const text = JSON.stringify([
    first,
    { a: 1 },
    { mapping: {} },
    chatgpt('d', [node('r', null), node('q', 'r', { text: 'hi' })]),
  ]);
  const report = await importArchive(ana, Buffer.from(text.slice(0, -40)), 'conversations.json');
  expect(report).toMatchObject({ status: 'complete', added: 1 });
  expect(report.skipped.map(({ what, code }) => [what, code])).toEqual([
    ['conversations.json, 2', 'unknown_format'],
    ['conversations.json, 3', 'unreadable'],
    ['conversations.json', 'cut_off'],
  ]);
});

it('reads trees with circles, missing parents and values of wrong types', async () => {
  const strange = chatgpt('s', [
    node('a', 'b', { text: 'in a circle', at: 1 }),
    node('b', 'a', { role: 'assistant', text: 'with this one', at: 2 }),
    node('c', 'gone', { text: 'without a parent', at: 3 }),
    node('d', 'c', { role: 'assistant', content: 7, at: 4, create_time: 'yesterday', metadata: [] }),
    node('e', 'c', {
      role: 'assistant',
      content: { content_type: 'text', parts: [null, 5, 'words'] },
      create_time: -1e300,
    }),
  ]);
  const more = { ...strange, title: 5, create_time: null, update_time: 'x', pinned_time: {} };
  const report = await importArchive(
    ana,
    Buffer.from(JSON.stringify([more, { mapping: 5 }, { mapping: { x: 1 }, id: 'y' }])),
  );
  expect(report).toMatchObject({ status: 'complete', added: 1 });
  const contents = query<{ content: string }>(
    bench.salon.dir,
    'select content from messages where parent_id is not null order by content',
  );
  expect(contents.map(({ content }) => content)).toEqual([
    'in a circle',
    'with this one',
    'without a parent',
    'words',
  ]);
});

it('reads a conversation that is deeper than any stack', async () => {
  const nodes = [node('0', null)];
  for (let i = 1; i <= 12_000; i++)
    nodes.push(node(String(i), String(i - 1), { role: i % 2 ? 'user' : 'assistant', text: `${i}`, at: i }));
  const report = await importArchive(ana, await zipOf({ 'conversations.json': [chatgpt('deep', nodes)] }));
  expect(report).toMatchObject({ status: 'complete', counts: { messages: 12_000 } });
});

it('refuses an archive beyond the limit before it is read, and a form without one', async () => {
  expect((await ana.call('PATCH', '/admin/limits', { import_mb: 1 })).status).toBe(200);
  const large = await preview(ana, Buffer.alloc(1_100_000, 32));
  expect([large.status, large.body.code]).toEqual([413, 'too_large']);
  const empty = await preview(ana, Buffer.alloc(0));
  expect([empty.status, empty.body.code]).toEqual([422, 'invalid']);
  expect(await leftFiles()).toEqual([]);
});
