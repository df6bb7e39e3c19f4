import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { idOf, openStored } from './stored.mjs';

const PER_CONVERSATION = 10;
const PER_TRANSACTION = 50_000;
const FIRST_AT = Date.UTC(2025, 0, 1);
const words = 'paper ink lamp river bread garden window letter music stone winter harbour'.split(' ');

/**
 * A data folder with that many messages in conversations of ten, all of one person, made once for each state of the
 * migrations and kept in the system's folder for temporary files. Salon itself makes the schema and the account.
 */
export async function seededFolder(setting, messages) {
  const migrations = join(setting.root, 'src/platform/db/migrations');
  await setting.build();
  const schema = createHash('sha256');
  for (const name of readdirSync(migrations).sort()) schema.update(readFileSync(join(migrations, name)));
  const folder = join(tmpdir(), `salon-bench-${messages}-${schema.digest('hex').slice(0, 12)}`);
  if (existsSync(join(folder, 'seeded'))) return folder;

  const unfinished = `${folder}.part`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true });
  const server = await setting.startSalon('seed', { dataDir: unfinished });
  await server.signUp('ana');
  await server.stop();
  fill(join(unfinished, 'salon.db'), messages);
  writeFileSync(join(unfinished, 'seeded'), '');
  renameSync(unfinished, folder);
  return folder;
}

function fill(path, messages) {
  const stored = openStored(path);
  const owner = stored.owner('ana');
  const insert = (n) => {
    const [number, seq] = [Math.floor(n / PER_CONVERSATION), (n % PER_CONVERSATION) + 1];
    const [chat, at] = [idOf('c', number), FIRST_AT + n * 1000];
    const leaf = idOf('m', n + PER_CONVERSATION - 1);
    if (seq === 1) stored.insertConversation({ id: chat, owner, title: wordsOf(n, 4), leaf, at });
    const parent = seq === 1 ? null : idOf('m', n - 1);
    const text = wordsOf(n, seq % 2 === 1 ? 8 : 40);
    stored.insertMessage({ id: idOf('m', n), chat, owner, parent, seq, text, at });
  };
  for (let from = 0; from < messages; from += PER_TRANSACTION)
    stored.inTransaction(() => {
      for (let n = from; n < Math.min(messages, from + PER_TRANSACTION); n += 1) insert(n);
    });
  stored.close();
}

/** Words in an order that differs from message to message, the same in each run. */
function wordsOf(n, count) {
  return Array.from({ length: count }, (_, i) => words[(n * 7 + i * i * 5 + i) % words.length]).join(' ');
}
