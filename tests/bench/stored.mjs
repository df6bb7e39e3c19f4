import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { addSearchFunctions } from './search-functions.mjs';

const FIRST_AT = Date.UTC(2025, 0, 1);
/** 26 characters in rising order, of the alphabet that ids have. */
export const idOf = (kind, n) => kind + n.toString(8).padStart(25, '0');

/** Since this version of the schema a conversation's messages hang from a hidden one with the conversation's id. */
const WITH_ROOT = 16;

/**
 * Ways to put conversations into the database of a Salon that does not run. Only columns that the first schema has are
 * named, so that any version can be filled.
 */
export function openStored(path) {
  const db = new Sqlite(path);
  addSearchFunctions(db);
  // The file is thrown away when anything fails: no need to wait for the disk.
  db.pragma('synchronous = OFF');
  const conversation = db.prepare(
    `insert into conversations (id, owner_id, title, leaf_id, pinned, archived, created_at, updated_at)
      values (?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const hasRoot = db.pragma('user_version', { simple: true }) >= WITH_ROOT;
  const root = hasRoot
    ? db.prepare(`insert into messages (id, conversation_id, owner_id, seq, role, content, created_at)
        values (?, ?, ?, 0, 'hidden', '', ?)`)
    : undefined;
  const message = db.prepare(
    `insert into messages (id, conversation_id, owner_id, parent_id, seq, role, content, status, finish_reason,
      created_at, started_at, ended_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  return {
    owner: (username) => db.prepare('select id from users where username = ?').pluck().get(username),
    count: () => db.prepare('select count(*) from messages').pluck().get(),
    insertConversation({
      id,
      owner,
      title,
      leaf,
      at,
      endsAt = at + 9000,
      isPinned = false,
      isArchived = false,
    }) {
      conversation.run(id, owner, title, leaf, Number(isPinned), Number(isArchived), at, endsAt);
      root?.run(id, id, owner, at);
    },
    /** Questions and answers in turn, from sequence number 1 on; without a parent it is the first of a branch. */
    insertMessage({ id, chat, owner, parent = hasRoot ? chat : null, seq, text, at }) {
      const isQuestion = seq % 2 === 1;
      const ended = isQuestion ? [null, null, at, null, null] : ['complete', 'stop', at, at, at];
      message.run(id, chat, owner, parent, seq, isQuestion ? 'user' : 'assistant', text, ...ended);
    },
    inTransaction: (work) => db.transaction(work)(),
    close() {
      db.pragma('wal_checkpoint(TRUNCATE)');
      db.close();
    },
  };
}

/** One conversation of that person, whose answers are `texts`. @returns its id */
export function storeConversation(dataDir, { username, texts }) {
  const stored = openStored(join(dataDir, 'salon.db'));
  const owner = stored.owner(username);
  const first = stored.count();
  const id = idOf('c', first);
  const all = texts.flatMap((text, i) => [`Question ${i}`, text]);
  const idAt = (i) => idOf('m', first + i);
  stored.inTransaction(() => {
    stored.insertConversation({ id, owner, title: 'Stored', leaf: idAt(all.length - 1), at: FIRST_AT });
    for (const [i, text] of all.entries()) {
      const parent = i === 0 ? undefined : idAt(i - 1);
      stored.insertMessage({ id: idAt(i), chat: id, owner, parent, seq: i + 1, text, at: FIRST_AT + i });
    }
  });
  stored.close();
  return id;
}
