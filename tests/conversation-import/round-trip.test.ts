import { expect, it } from 'vitest';
import { imageBytes, importArchive, zipOf, type ReportJson } from '../support/archives.ts';
import type { Person } from '../support/chat.ts';
import { idOfPerson, query } from '../support/database.ts';
import { setUpPeople, type Bench } from '../support/set-up.ts';
import { unzip } from '../support/unzip.ts';

let bench: Bench;
let ana: Person;
let ben: Person;
setUpPeople(['Ana', 'Ben'], (...opened) => ([bench, ana, ben] = opened));

async function exported(person: Person): Promise<Buffer> {
  const response = await fetch(`${person.url}/export`, { headers: { cookie: person.cookie } });
  expect(response.status).toBe(200);
  return Buffer.from(await response.arrayBuffer());
}

/** Ids and file names become their place in the text; where it was imported from is one of them. */
function withoutNames(text: string): unknown {
  const isName = (key: string) => ['source', 'external_id', 'external_updated_at'].includes(key);
  const told = JSON.parse(text, (key, value: unknown) => (isName(key) ? undefined : value)) as unknown;
  const places = new Map<string, string>();
  const names = /"(?:(?:images|attachments)\/[^"]+|[0-9a-hjkmnp-tv-z]{26})"/g;
  const placed = JSON.stringify(told).replace(names, (name) => {
    const place = places.get(name) ?? `"name ${places.size}"`;
    places.set(name, place);
    return place;
  });
  return JSON.parse(placed) as unknown;
}

async function contentOf(archive: Buffer) {
  const entries = await unzip(archive);
  const bytes = [...entries]
    .filter(([name]) => name.includes('/'))
    .map(([, content]) => content.toString('base64'));
  return {
    conversations: withoutNames(String(entries.get('conversations.json'))),
    images: withoutNames(String(entries.get('images.json'))),
    files: bytes.sort(),
  };
}

/** Branches, an image answer, attachments with and without a file, thinking, usage, a failed answer, hidden messages. */
async function fill(person: Person, name: string): Promise<void> {
  const { dir } = bench.salon;
  const begun = await person.begin({
    title: 'Two answers',
    content: 'question one [[n=2]]',
    system_prompt: 'Be brief.',
  });
  await person.ended(begun.id, begun.reply.id);
  const other = await person.regenerate(begun.reply.id);
  await person.ended(begun.id, other.id);
  await person.ask(begun.id, 'a lighthouse', { image: true });
  await person.call('POST', '/generate_image', { prompt: 'a boat' });
  await expect
    .poll(() => query(dir, "select id from images where status = 'ready'"), { timeout: 20_000 })
    .toHaveLength(2);
  await person.call('PATCH', `/conversations/${begun.id}`, { pinned: true });
  await person.call('POST', `/conversations/${begun.id}/fork`, { title: 'Forked' });
  await person.call('POST', `/conversations/${begun.id}/continuation`, {
    summary: 'Two answers were given.',
  });
  const archived = await person.begin({ title: 'Put away' });
  await person.call('PATCH', `/conversations/${archived.id}`, { archived: true });
  const owner = idOfPerson(dir, name);
  query(dir, "insert into thinking_pieces values (?, 0, 'deep thought')", other.id);
  query(
    dir,
    "update messages set thinking_ms = 900, thinking_tokens = 7, branch_name = 'the second' where id = ?",
    other.id,
  );
  query(
    dir,
    `update messages set status = 'failed', error = '{"code":"upstream_failed","params":{}}' where id = ?`,
    begun.reply.id,
  );
  query(dir, `update messages set variant = '{"kind":"shorter"}' where id = ?`, begun.reply.id);
  query(
    dir,
    `insert into messages (id, conversation_id, owner_id, parent_id, seq, role, content, created_at)
     values ('0000000000000000000h1dden1', ?, ?, ?, 90, 'hidden', 'what a tool said', 5)`,
    begun.id,
    owner,
    begun.message.id,
  );
  const insert = `insert into attachments (id, owner_id, kind, name, type, bytes, tokens, text, created_at)
    values (?, ?, 'text', 'note.md', 'text/markdown', 4, 2, 'note', 8)`;
  query(dir, insert, '00000000000000000000000n0t', owner);
  query(dir, "insert into message_attachments values (?, 0, '00000000000000000000000n0t')", begun.message.id);
}

it('an export comes back into an empty account as the same thing, with the same files, once', async () => {
  await fill(ana, 'Ana');
  const first = await exported(ana);
  const report = await importArchive(ben, first);
  expect(report).toMatchObject({ status: 'complete', added: 4, skipped: [] } satisfies Partial<ReportJson>);
  expect(report.counts).toMatchObject({ images: 2, attachments: 1, hidden_messages: 1 });
  const second = await exported(ben);
  expect(await contentOf(second)).toEqual(await contentOf(first));
  expect((await contentOf(first)).files).toHaveLength(2);

  const again = await importArchive(ben, first);
  expect(again).toMatchObject({
    added: 0,
    updated: 0,
    unchanged: 4,
    counts: { images: 0, attachments: 0, messages: 0 },
  });
  expect(await contentOf(await exported(ben))).toEqual(await contentOf(first));
});

it('finds what is there already also in the account that the export came from', async () => {
  await fill(ana, 'Ana');
  const first = await exported(ana);
  expect(await importArchive(ana, first)).toMatchObject({ added: 0, updated: 0, unchanged: 4 });
  expect(await contentOf(await exported(ana))).toEqual(await contentOf(first));
});

it('brings random trees back as they were', async () => {
  const owner = idOfPerson(bench.salon.dir, 'Ana');
  let state = 20261126;
  const random = (below: number) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const words = ['a "b"', 'ü 👩‍👩‍👧', '\\n\n```js\n```', '<b>', ']}', '\u2028', ''];
  for (let tree = 0; tree < 25; tree++) {
    const id = String(tree).padStart(26, '0');
    query(
      bench.salon.dir,
      `insert into conversations (id, owner_id, title, leaf_id, created_at, updated_at) values (?, ?, ?, ?, ?, ?)`,
      ...[id, owner, `tree ${tree}`, id, 1000 + tree, 5000 + tree],
    );
    query(
      bench.salon.dir,
      "insert into messages (id, conversation_id, owner_id, seq, role, content, created_at) values (?, ?, ?, 0, 'hidden', '', 1)",
      ...[id, id, owner],
    );
    const shown = [id];
    for (let seq = 1; seq <= random(40); seq++) {
      const role = ['user', 'assistant', 'hidden'][random(3)];
      const message = `m${String(tree * 100 + seq).padStart(25, '0')}`;
      query(
        bench.salon.dir,
        'insert into messages (id, conversation_id, owner_id, parent_id, seq, role, content, status, created_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?)',
        ...[message, id, owner, shown[random(shown.length)], seq, role, words[random(words.length)]],
        ...[role === 'assistant' ? 'complete' : null, random(100_000) + 1],
      );
      if (role !== 'hidden') shown.push(message);
    }
    query(
      bench.salon.dir,
      'update conversations set leaf_id = ? where id = ?',
      shown[random(shown.length)],
      id,
    );
  }
  const first = await exported(ana);
  expect(await importArchive(ben, first)).toMatchObject({ added: 25, skipped: [] });
  expect(await contentOf(await exported(ben))).toEqual(await contentOf(first));
});

it('keeps the bytes of images as they are', async () => {
  const bytes = await imageBytes(7, 'webp');
  const conversation = {
    format: 'salon-conversation',
    version: 1,
    id: 'x1',
    title: 'Pictured',
    created_at: '2026-01-01T00:00:00.000Z',
    updated_at: '2026-01-01T00:00:00.000Z',
    messages: [
      {
        id: 'm1',
        parent_id: null,
        role: 'assistant',
        kind: 'image',
        content: '',
        status: 'complete',
        created_at: '2026-01-01T00:00:00.000Z',
        images: [{ prompt: 'a boat', file: 'images/boat.webp', created_at: '2026-01-01T00:00:00.000Z' }],
      },
    ],
  };
  await importArchive(ana, await zipOf({ 'conversations.json': [conversation], 'images/boat.webp': bytes }));
  const [image] = query<{ filename: string }>(bench.salon.dir, 'select filename from images');
  const response = await fetch(`${ana.url}/images/${image?.filename}`, { headers: { cookie: ana.cookie } });
  expect(Buffer.from(await response.arrayBuffer()).equals(bytes)).toBe(true);
});
