// What the driver alone stores, each row on the disk before the next: `node tests/bench/driver-store.mjs plan.json` prints
// one JSON object. The plan: path (a new database), seconds.
import { readFileSync } from 'node:fs';
import Sqlite from 'better-sqlite3';
import { createTexts } from './seed-texts.mjs';
import { idOf } from './stored.mjs';

const WORDS = 66;
const plan = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const db = new Sqlite(plan.path);
db.pragma('journal_mode = WAL');
db.pragma('synchronous = FULL');
db.exec(
  'create table messages (id text primary key, conversation_id text, content text, created_at integer)',
);
const insert = db.prepare('insert into messages values (?, ?, ?, ?)');
const text = createTexts(2);
const begun = performance.now();
const end = begun + plan.seconds * 1000;
let messages = 0;
for (; performance.now() < end; messages += 1)
  insert.run(idOf('m', messages), idOf('c', Math.floor(messages / 20)), text(WORDS), Date.now());
process.stdout.write(
  JSON.stringify({ messages, perSecond: messages / ((performance.now() - begun) / 1000) }),
);
db.close();
