// What anyone would write first, as the measure of a page: Express with its own EJS engine, fixed headers, one log line
// for each request, and for `/` a session, its person and ten conversations out of SQLite. Environment: PORT, LOG_DIR,
// HEADERS (the headers of Salon's own answer as JSON).
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Sqlite from 'better-sqlite3';
import express from 'express';
import winston from 'winston';

const SESSION = 'bare-session';
const headers = JSON.parse(process.env.HEADERS);
const db = openDatabase(join(process.env.LOG_DIR, 'bare.db'));
const log = openLog(join(process.env.LOG_DIR, 'bare.log'));
const app = express();
app.set('view engine', 'ejs');
app.set('views', fileURLToPath(new URL('.', import.meta.url)));
app.set('view cache', true);
app.set('etag', false);
app.disable('x-powered-by');

app.use((req, res, next) => {
  const begun = performance.now();
  const id = randomUUID();
  res.set(headers);
  res.setHeader('X-Request-Id', id);
  res.once('close', () => {
    const ms = Math.round((performance.now() - begun) * 100) / 100;
    const line = {
      level: 'info',
      event: 'request',
      method: req.method,
      path: req.path,
      status: res.statusCode,
      ms,
    };
    log.info(JSON.stringify({ time: new Date().toISOString(), ...line, request_id: id, user: req.user?.id }));
  });
  next();
});
app.get('/login', (_req, res) => res.render('bare-page', pageOf('Sign in', null, [])));
app.get('/', (req, res) => {
  const session = /(?:^|; )bare=([^;]+)/.exec(req.headers.cookie ?? '')?.[1];
  req.user = db.person.get(session);
  res.render('bare-page', pageOf('New chat', req.user, db.conversations.all(req.user.id)));
});
app.listen(Number(process.env.PORT), '127.0.0.1');

function pageOf(title, user, conversations) {
  const field = (id, type) => ({ id, type, label: id, value: '', autocomplete: id });
  return {
    ...{
      title,
      user,
      conversations,
      next: '/',
      button: title,
      text: 'Your own place for chat and pictures.',
    },
    assets: { css: '/assets/app.css', icon: '/assets/favicon.svg', js: '/assets/app.js' },
    nav: ['chat', 'images', 'history'].map((label) => ({ label, url: `/${label}` })),
    fields: user ? [field('content', 'text')] : [field('username', 'text'), field('password', 'password')],
  };
}

function openDatabase(path) {
  const db = new Sqlite(path);
  db.pragma('journal_mode = WAL');
  db.exec(`create table if not exists users (id text primary key, username text);
    create table if not exists sessions (id text primary key, user_id text);
    create table if not exists conversations (id text primary key, owner_id text, title text);
    delete from users; delete from sessions; delete from conversations;
    insert into users values ('u1', 'ana'); insert into sessions values ('${SESSION}', 'u1');`);
  const insert = db.prepare('insert into conversations values (?, ?, ?)');
  for (let i = 0; i < 10; i += 1) insert.run(`c${i}`, 'u1', `Conversation about lamps, number ${i}`);
  return {
    person: db.prepare('select u.* from sessions s join users u on u.id = s.user_id where s.id = ?'),
    conversations: db.prepare('select * from conversations where owner_id = ? order by id desc limit 40'),
  };
}

function openLog(filename) {
  const format = winston.format.printf(({ message }) => message);
  return winston.createLogger({
    format,
    transports: [
      new winston.transports.File({ filename, maxsize: 10 * 1024 * 1024, maxFiles: 5, tailable: true }),
      new winston.transports.Console(),
    ],
  });
}
