// What anyone would write first, as the measure of a page: Express with its own EJS engine, fixed headers, one log line
// for each request, and for `/` a session, its person and ten conversations out of SQLite. Each page is as long as Salon's
// own. Environment: PORT, LOG_DIR, PAGES (`{ path: { bytes, headers } }` of Salon's own answers as JSON).
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import express from 'express';
import winston from 'winston';
import { openBareDatabase, SESSION } from './bare-database.mjs';

const pages = JSON.parse(process.env.PAGES);
const db = openBareDatabase(join(process.env.LOG_DIR, 'bare.db'));
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
  res.set(pages[req.path].headers);
  res.setHeader('X-Request-Id', id);
  res.once('close', () => {
    const ms = Math.round((performance.now() - begun) * 100) / 100;
    const { method, path, user } = req;
    const fields = { method, path, status: res.statusCode, ms, request_id: id, user: user?.id };
    log.info(JSON.stringify({ time: new Date().toISOString(), level: 'info', event: 'request', ...fields }));
  });
  next();
});
const texts = { '/login': await fillerFor('/login', undefined), '/': await fillerFor('/', SESSION) };
app.get('/login', (_req, res) => res.render('bare-page', contentOf('Sign in', null, texts['/login'])));
app.get('/', (req, res) => {
  req.user = db.person.get(/(?:^|; )bare=([^;]+)/.exec(req.headers.cookie ?? '')?.[1]);
  res.render('bare-page', contentOf('New chat', req.user, texts['/']));
});
app.listen(Number(process.env.PORT), '127.0.0.1');

function contentOf(title, user, text) {
  const field = (id, type) => ({ id, type, label: id, value: '', autocomplete: id });
  return {
    title,
    user,
    conversations: user ? db.conversations.all(user.id) : [],
    next: '/',
    button: title,
    text,
    assets: { css: '/assets/app.css', icon: '/assets/favicon.svg', js: '/assets/app.js' },
    nav: ['chat', 'images', 'history'].map((label) => ({ label, url: `/${label}` })),
    fields: user ? [field('content', 'text')] : [field('username', 'text'), field('password', 'password')],
  };
}

/** Words that make the page as long as Salon's. */
async function fillerFor(path, session) {
  const user = session ? db.person.get(session) : null;
  const content = contentOf(session ? 'New chat' : 'Sign in', user, '');
  const empty = await new Promise((resolve, reject) =>
    app.render('bare-page', content, (error, html) => (error ? reject(error) : resolve(html))),
  );
  const missing = Math.max(0, pages[path].bytes - Buffer.byteLength(empty));
  return 'Your own place for chat and images. '.repeat(Math.ceil(missing / 36)).slice(0, missing);
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
