import http from 'node:http';
import { expect, it } from 'vitest';
import { eventually, type Person } from '../support/chat.ts';
import { query } from '../support/database.ts';
import { attach } from '../attachments/setup.ts';
import { setUpPeople, type Bench } from '../support/set-up.ts';
import { unzip } from '../support/unzip.ts';

let bench: Bench;
let ana: Person;
setUpPeople(['Ana'], (...opened) => ([bench, ana] = opened));

async function download(person: Person) {
  const response = await fetch(`${bench.salon.url}/settings/export`, { headers: { cookie: person.cookie } });
  return {
    status: response.status,
    headers: response.headers,
    bytes: Buffer.from(await response.arrayBuffer()),
  };
}
const json = (entries: Map<string, Buffer>, name: string) => JSON.parse(String(entries.get(name))) as never;

it('holds the account, every branch of every conversation, images with their files, and usage, but no secret', async () => {
  const begun = await ana.begin({ title: 'First', content: 'question one [[n=2]]' });
  await ana.ended(begun.id, begun.reply.id);
  const other = await ana.regenerate(begun.reply.id);
  await ana.ended(begun.id, other.id);
  const trashed = await ana.begin({ title: 'In the trash' });
  await ana.call('DELETE', `/conversations/${trashed.id}`);
  const made = await ana.call<{ image_url: string }>('POST', '/generate_image', { prompt: 'a boat' });
  await ana.call('POST', '/settings/keys', { name: 'My key' });
  await ana.call('POST', '/settings/models/favourite', { model: 'gpt-4o' });
  await ana.call('PUT', '/draft', { content: 'not sent' });
  const attached = await attach(ana, 'the file itself', 'notes.txt');
  const stranger = await bench.person('Bob');
  await stranger.call('PUT', '/draft', { content: 'foreign canary' });
  await stranger.begin({ title: 'foreign canary' });

  const { status, headers, bytes } = await download(ana);
  expect(status).toBe(200);
  expect(headers.get('content-type')).toBe('application/zip');
  expect(headers.get('content-disposition')).toMatch(/^attachment; filename="?salon-data-\d{8}\.zip"?$/);
  const entries = await unzip(bytes);
  const filename = made.body.image_url.split('/').at(-1) ?? '';
  expect([...entries.keys()]).toEqual([
    ...['account.json', 'conversations.json', 'drafts.json', 'images.json', 'attachments.json', 'usage.json'],
    ...[`images/${filename}`, `attachments/${attached.body.id}.txt`],
  ]);
  const image = await fetch(bench.salon.url + made.body.image_url, { headers: { cookie: ana.cookie } });
  expect(entries.get(`images/${filename}`)?.equals(Buffer.from(await image.arrayBuffer()))).toBe(true);
  const account = json(entries, 'account.json') as {
    account: object;
    api_keys: object[];
    favourite_models: object[];
  };
  expect(account.account).toMatchObject({ username: 'Ana', role: 'admin' });
  expect(account.favourite_models).toMatchObject([{ model: 'gpt-4o' }]);
  expect(account.api_keys).toMatchObject([{ name: 'My key' }]);
  const conversations = json(entries, 'conversations.json') as {
    title: string;
    messages: { id: string }[];
  }[];
  expect(conversations.map(({ title }) => title)).toEqual(['First', 'In the trash']);
  expect(conversations[0]?.messages.map(({ id }) => id)).toEqual([
    begun.message.id,
    begun.reply.id,
    other.id,
  ]);
  expect(json(entries, 'images.json')).toMatchObject([{ prompt: 'a boat', file: `images/${filename}` }]);
  expect(json(entries, 'drafts.json')).toMatchObject([{ content: 'not sent', attachments: [] }]);
  expect(entries.get(`attachments/${attached.body.id}.txt`)?.toString()).toBe('the file itself');
  expect(json(entries, 'attachments.json')).toMatchObject([{ id: attached.body.id, name: 'notes.txt' }]);
  expect((json(entries, 'usage.json') as object[]).length).toBe(3);
  const text = bytes.toString('latin1');
  expect(text).not.toMatch(/\$2b\$|salon_[\w-]{20}|foreign canary|"path"|id_hash|key_hash/);
});

it('holds the text so far of an answer that is being written', async () => {
  const { id, reply } = await ana.begin({ content: 'question [[n=1]]' });
  await ana.ended(id, reply.id);
  // As another process would have left it.
  const running = "update messages set status = 'running', content = 'one, ', heartbeat_at = ? where id = ?";
  query(bench.salon.dir, running, Date.now(), reply.id);
  query(
    bench.salon.dir,
    "insert into reply_pieces values (?, 10, 'three'), (?, 5, 'two, ')",
    reply.id,
    reply.id,
  );
  const all = json(await unzip((await download(ana)).bytes), 'conversations.json') as {
    messages: { content: string }[];
  }[];
  expect(all[0]?.messages.at(-1)).toMatchObject({ content: 'one, two, three', status: 'running' });
});

it('holds more than one page of everything', async () => {
  const owner = query<{ id: string }>(bench.salon.dir, 'select id from users')[0]?.id;
  const insert = `with recursive n(i) as (select 1 union all select i + 1 from n where i < 450)
    insert into conversations (id, owner_id, title, created_at, updated_at) select printf('%026d', i), ?, 'c' || i, i, i from n`;
  query(bench.salon.dir, insert, owner);
  const messages = `with recursive n(i) as (select 1 union all select i + 1 from n where i < 450)
    insert into messages (id, conversation_id, owner_id, parent_id, seq, role, content, created_at)
    select printf('m%025d', i), printf('%026d', 7), ?, case when i > 1 then 'm0000000000000000000000001' end, i, 'user', 'text ' || i, i from n`;
  query(bench.salon.dir, messages, owner);
  const entries = await unzip((await download(ana)).bytes);
  const all = json(entries, 'conversations.json') as { title: string; messages: unknown[] }[];
  expect(all.map(({ title }) => title)).toEqual(Array.from({ length: 450 }, (_, i) => `c${i + 1}`));
  expect(all.map(({ messages: list }) => list.length).filter((length) => length > 0)).toEqual([450]);
});

it('makes one archive at a time for each person, waits for a slow reader, and is free again when the reader goes', async () => {
  const made = await ana.call<{ image_url: string }>('POST', '/generate_image', { prompt: 'a boat' });
  const [image] = query<{ id: string }>(bench.salon.dir, 'select id from images');
  // More images than the sockets' buffers take, all of them the same file.
  const copy = `with recursive n(i) as (select 1 union all select i + 1 from n where i < 400)
    insert into images (id, owner_id, status, filename, file_id, prompt, first_prompt, format, created_at)
    select printf('%026d', i), o.owner_id, 'ready', i || '-' || o.filename, o.file_id, '${'x'.repeat(40_000)}', '', 'png', i from n, images o where o.id = ?`;
  query(bench.salon.dir, copy, image?.id);
  expect(made.status).toBe(200);
  const open = () =>
    new Promise<http.IncomingMessage>((resolve, reject) => {
      const request = http.get(
        `${bench.salon.url}/settings/export`,
        { headers: { cookie: ana.cookie }, agent: false },
        resolve,
      );
      request.on('error', reject);
    });
  const slow = await open();
  expect(slow.statusCode).toBe(200);
  const second = await download(ana);
  expect([second.status, JSON.parse(String(second.bytes)).code]).toEqual([409, 'export_running']);
  expect((await ana.call('GET', '/conversations')).status).toBe(200);
  slow.destroy();
  const third = await eventually(async () => {
    const answer = await download(ana);
    return answer.status === 200 ? answer : undefined;
  });
  expect((await unzip(third.bytes)).size).toBe(407);
  expect(
    (await bench.salon.logLines()).filter(({ event, message }) => [event, message].includes('export failed')),
  ).toEqual([]);
});

it('says of an image whose file is missing that there is none, and ends well', async () => {
  await ana.call('POST', '/generate_image', { prompt: 'a boat' });
  query(bench.salon.dir, "update files set place = '2020/01/gone.png'");
  const entries = await unzip((await download(ana)).bytes);
  expect(json(entries, 'images.json')).toMatchObject([{ prompt: 'a boat', file: null }]);
  expect([...entries.keys()].filter((name) => name.startsWith('images/'))).toEqual([]);
});

it('ends when what let the reader in is taken away', async () => {
  const copy = `with recursive n(i) as (select 1 union all select i + 1 from n where i < 300)
    insert into conversations (id, owner_id, title, system_prompt, created_at, updated_at)
    select printf('%026d', i), (select id from users), 'c', '${'x'.repeat(100_000)}', i, i from n`;
  query(bench.salon.dir, copy);
  const broken = await new Promise<boolean>((resolve, reject) => {
    const request = http.get(
      `${bench.salon.url}/settings/export`,
      { headers: { cookie: ana.cookie }, agent: false },
      (answer) => {
        answer.once('data', () => {
          answer.pause();
          void ana.form('/logout').then(() => answer.resume());
        });
        answer.on('end', () => resolve(false));
        answer.on('error', () => resolve(true));
      },
    );
    request.on('error', reject);
  });
  expect(broken).toBe(true);
});

it('is noted in the audit log, and is not for tokens and keys', async () => {
  await download(ana);
  const noted = query(bench.salon.dir, "select 1 from audit_entries where action = 'account.export'");
  expect(noted).toHaveLength(1);
  const { body } = await ana.call<{ key: string }>('POST', '/settings/keys', { name: 'k' });
  const byKey = await fetch(`${bench.salon.url}/settings/export`, {
    headers: { authorization: `Bearer ${body.key}` },
  });
  expect(byKey.status).toBe(403);
});
