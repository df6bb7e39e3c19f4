import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';

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
  const db = new Sqlite(path);
  // The file is thrown away when anything fails: no need to wait for the disk.
  db.pragma('synchronous = OFF');
  const owner = db.prepare('select id from users').pluck().get();
  const conversation = db.prepare(
    `insert into conversations (id, owner_id, title, leaf_id, created_at, updated_at) values (?, ?, ?, ?, ?, ?)`,
  );
  const message = db.prepare(
    `insert into messages (id, conversation_id, owner_id, parent_id, seq, role, content, status, finish_reason,
      created_at, started_at, ended_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const insert = (n) => {
    const [chat, seq] = [Math.floor(n / PER_CONVERSATION), n % PER_CONVERSATION];
    const [at, isQuestion] = [FIRST_AT + n * 1000, seq % 2 === 0];
    if (seq === 0)
      conversation.run(
        idOf('c', chat),
        owner,
        textOf(n, 4),
        idOf('m', n + PER_CONVERSATION - 1),
        at,
        at + 9000,
      );
    const parent = seq === 0 ? null : idOf('m', n - 1);
    const ended = isQuestion ? [null, null, at, null, null] : ['complete', 'stop', at, at, at];
    const text = isQuestion ? textOf(n, 8) : textOf(n, 40);
    message.run(
      idOf('m', n),
      idOf('c', chat),
      owner,
      parent,
      seq + 1,
      isQuestion ? 'user' : 'assistant',
      text,
      ...ended,
    );
  };
  for (let from = 0; from < messages; from += PER_TRANSACTION)
    db.transaction(() => {
      for (let n = from; n < Math.min(messages, from + PER_TRANSACTION); n += 1) insert(n);
    })();
  db.pragma('wal_checkpoint(TRUNCATE)');
  db.close();
}

/** 26 characters in rising order, of the alphabet that ids have. */
const idOf = (kind, n) => kind + n.toString(8).padStart(25, '0');

/** Words in an order that differs from message to message, the same in each run. */
function textOf(n, count) {
  return Array.from({ length: count }, (_, i) => words[(n * 7 + i * i * 5 + i) % words.length]).join(' ');
}
