import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { importCommands } from '../../src/conversation-import/commands.ts';
import { openImporter } from '../../src/open-importer.ts';
import { chatgpt, imageBytes, node, zipOf } from '../support/archives.ts';
import type { Person } from '../support/chat.ts';
import { query } from '../support/database.ts';
import { setUpPeople, type Bench } from '../support/set-up.ts';

let bench: Bench;
let ana: Person;
setUpPeople(['Ana'], (...opened) => ([bench, ana] = opened));

/** Runs the command as the command line does, beside the running server. */
async function run(...args: string[]) {
  const out: string[] = [];
  const err: string[] = [];
  const deps = { open: () => openImporter(bench.salon.config), sentenceOf: (why: string) => why };
  const io = {
    out: (text: string) => void out.push(text),
    err: (text: string) => void err.push(text),
    askSecret: () => Promise.resolve(''),
  };
  const code = await importCommands(deps)[0]
    ?.run(args, io)
    .catch((error: unknown) => (error as { code?: string }).code);
  return { code, out, err };
}

it('imports beside a running Salon, where it is seen at once, and says what it left out', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'salon-import-'));
  try {
    const content = {
      content_type: 'multimodal_text',
      parts: [{ content_type: 'image_asset_pointer', asset_pointer: 'sediment://file_one' }],
    };
    const nodes = [
      node('root', null),
      node('q', 'root', { text: 'hello' }),
      node('d', 'q', { role: 'tool', content }),
    ];
    const path = join(dir, 'chatgpt.zip');
    const entries = {
      'conversations.json': [chatgpt('c', nodes)],
      'file_one.dat': await imageBytes(1),
      'user.json': {},
    };
    await writeFile(path, await zipOf(entries));
    const looked = await run(path, '--user', 'Ana', '--dry-run');
    expect(looked).toMatchObject({ code: 0 });
    expect(looked.out).toContain('1 conversations: 1 new, 0 with something new, 0 here already');
    expect(query(bench.salon.dir, 'select id from conversations')).toEqual([]);
    const done = await run(path, '--user', 'ana');
    expect(done.out).toContain('2 messages, 1 images, 0 attachments');
    expect(done.out).toContain('user.json: side_file');
    const { body } = await ana.call<{ conversations: { title: string }[] }>('GET', '/conversations');
    expect(body.conversations).toMatchObject([{ title: 'Title of c' }]);
    expect((await run(path, '--user', 'Ana')).out).toContain(
      '1 conversations: 0 new, 0 with something new, 1 here already',
    );
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
});

it('says what is wrong with the arguments, the account or the file', async () => {
  expect(await run()).toMatchObject({ code: 2 });
  expect(await run('x.zip', '--user', 'Nobody')).toMatchObject({ code: 'not_found' });
  expect(await run('/nowhere/x.zip', '--user', 'Ana')).toMatchObject({ code: 'ENOENT' });
});
