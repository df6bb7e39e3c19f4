import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTexts } from './seed-texts.mjs';
import { idOf, openStored } from './stored.mjs';

const PER_CONVERSATION = 10;
const PER_TRANSACTION = 5000;
const FIRST_AT = Date.UTC(2025, 0, 1);
/** So that a million messages fill a year and a half. */
const STEP_MS = 50_000;
/** One conversation in so many is pinned, archived, or has a second branch. */
const [PINNED, ARCHIVED, BRANCHED] = [10_000, 20, 7];

/** The id of the one long conversation of a seeded account. */
export const LONG = idOf('z', 0);

/**
 * A data folder with that many messages in conversations of ten and one long conversation, all of one person, made once
 * for each state of the migrations and kept in the system's folder for temporary files. Salon itself makes the schema
 * and the account.
 */
export async function seededFolder(setting, messages) {
  const migrations = join(setting.root, 'src/platform/db/migrations');
  await setting.build();
  const state = createHash('sha256');
  for (const name of readdirSync(migrations).sort()) state.update(readFileSync(join(migrations, name)));
  for (const name of ['seed.mjs', 'seed-texts.mjs', 'stored.mjs'])
    state.update(readFileSync(new URL(name, import.meta.url)));
  const folder = join(tmpdir(), `salon-bench-${messages}-${state.digest('hex').slice(0, 12)}`);
  if (existsSync(join(folder, 'seeded'))) return folder;

  const unfinished = `${folder}.part`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true });
  const server = await setting.startSalon('seed', { dataDir: unfinished });
  await server.signUp('ana');
  await server.stop();
  fill(join(unfinished, 'salon.db'), { username: 'ana', messages });
  writeFileSync(join(unfinished, 'seeded'), '');
  renameSync(unfinished, folder);
  return folder;
}

/**
 * Conversations for a person of a Salon that does not run: `messages` in conversations of ten, and one more with
 * `longMessages`. @throws Error for an unknown person
 */
export function fill(path, { username, messages, longMessages = 5000 }) {
  const stored = openStored(path);
  const owner = stored.owner(username);
  if (owner === undefined) throw new Error(`there is nobody called "${username}" in ${path}`);
  const text = createTexts(1);
  const conversations = Math.floor(messages / PER_CONVERSATION);
  for (let from = 0; from < conversations; from += PER_TRANSACTION)
    stored.inTransaction(() => {
      for (let n = from; n < Math.min(conversations, from + PER_TRANSACTION); n += 1)
        insertConversation(stored, { owner, number: n, text });
    });
  stored.inTransaction(() => insertLong(stored, { owner, after: conversations, count: longMessages, text }));
  stored.close();
}

function insertConversation(stored, { owner, number, text }) {
  const [chat, first] = [idOf('c', number), number * PER_CONVERSATION];
  const at = FIRST_AT + first * STEP_MS;
  const id = (i) => idOf('m', first + i);
  stored.insertConversation({
    id: chat,
    owner,
    title: text(4),
    leaf: id(PER_CONVERSATION - 1),
    at,
    endsAt: at + PER_CONVERSATION * STEP_MS,
    isPinned: number % PINNED === 1,
    isArchived: number % ARCHIVED === 2,
  });
  for (let i = 0; i < PER_CONVERSATION; i += 1) {
    // The last question of such a conversation is the one before it, asked in other words.
    const isAskedAgain = number % BRANCHED === 0 && i === PER_CONVERSATION - 2;
    const parent = i === 0 ? undefined : id(isAskedAgain ? i - 3 : i - 1);
    const length = i % 2 === 0 ? 8 : 40;
    stored.insertMessage({
      id: id(i),
      chat,
      owner,
      parent,
      seq: i + 1,
      text: text(length),
      at: at + i * STEP_MS,
    });
  }
}

function insertLong(stored, { owner, after, count, text }) {
  const at = FIRST_AT + after * PER_CONVERSATION * STEP_MS;
  const id = (i) => idOf('n', i);
  stored.insertConversation({
    id: LONG,
    owner,
    title: text(4),
    leaf: id(count - 1),
    at,
    endsAt: at + count * 1000,
  });
  for (let i = 0; i < count; i += 1) {
    const parent = i === 0 ? undefined : id(i - 1);
    const length = i % 2 === 0 ? 12 : 120;
    stored.insertMessage({
      id: id(i),
      chat: LONG,
      owner,
      parent,
      seq: i + 1,
      text: text(length),
      at: at + i * 1000,
    });
  }
}
