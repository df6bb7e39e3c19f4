import Sqlite from 'better-sqlite3';

/** The cookie value that opens the one session. */
export const SESSION = 'bare-session';
const CONVERSATIONS = 10;

/** The database of the bare page: one person, signed in, with ten conversations; and what the page asks of it. */
export function openBareDatabase(path) {
  const db = new Sqlite(path);
  db.pragma('journal_mode = WAL');
  db.exec(`create table if not exists users (id text primary key, username text);
    create table if not exists sessions (id text primary key, user_id text);
    create table if not exists conversations (id text primary key, owner_id text, title text);
    delete from users; delete from sessions; delete from conversations;
    insert into users values ('u1', 'ana'); insert into sessions values ('${SESSION}', 'u1');`);
  const insert = db.prepare('insert into conversations values (?, ?, ?)');
  for (let i = 0; i < CONVERSATIONS; i += 1)
    insert.run(`c${i}`, 'u1', `Conversation about lamps, number ${i}`);
  return {
    person: db.prepare('select u.* from sessions s join users u on u.id = s.user_id where s.id = ?'),
    conversations: db.prepare('select * from conversations where owner_id = ? order by id desc limit 40'),
  };
}
