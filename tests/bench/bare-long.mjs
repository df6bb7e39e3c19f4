// An Express page that does nothing but send so many bytes of HTML: what a page of that length costs at least.
// Environment: PORT, BYTES.
import express from 'express';

const PIECE_BYTES = 15_000;
const bytes = Number(process.env.BYTES);
const piece = '<p>A line of some words that stands for a text.</p>\n'
  .repeat(PIECE_BYTES)
  .slice(0, PIECE_BYTES);
const app = express();
app.set('etag', false);
app.disable('x-powered-by');
app.get('/', (_req, res) => res.type('html').send('<p>Hello</p>'));
app.get('/long', (_req, res) => {
  const parts = Array.from({ length: Math.ceil(bytes / PIECE_BYTES) }, () => Buffer.from(piece));
  res.type('html').send(Buffer.concat(parts).subarray(0, bytes));
});
app.listen(Number(process.env.PORT), '127.0.0.1');
