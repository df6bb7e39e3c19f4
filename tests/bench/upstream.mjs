// A scripted OpenAI-compatible model server for load: `PORT=9100 node tests/bench/upstream.mjs`. Its answers follow
// the directive in the prompt (upstream-directive.mjs); every token carries the time of its emission (marks.mjs).
import { createServer } from 'node:http';
import { createChat } from './upstream-chat.mjs';
import { createImages } from './upstream-images.mjs';

const BACKLOG = 8192;
const models = ['gpt-4o-mini', 'gpt-image-1'].map((id) => ({
  id,
  object: 'model',
  created: 1715367049,
  owned_by: 'bench',
}));
const stats = { requests: 0, streams: 0, tokens: 0, aborted: 0, images: 0, late_ms_max: 0 };
const doors = { '/v1/chat/completions': createChat(stats), '/v1/images/generations': createImages(stats) };

const server = createServer((req, res) => {
  stats.requests += 1;
  if (req.method === 'GET') return answerGet(req.url, res);
  const parts = [];
  req.on('data', (part) => parts.push(part));
  req.on('end', () => {
    const door = doors[req.url];
    if (door) return door(res, JSON.parse(Buffer.concat(parts).toString()));
    res.writeHead(404).end();
  });
});
server.keepAliveTimeout = 65_000;
server.requestTimeout = 0;
server.headersTimeout = 0;
server.listen(Number(process.env.PORT ?? 9100), '127.0.0.1', BACKLOG);

function answerGet(url, res) {
  const answer = { '/v1/models': { object: 'list', data: models }, '/stats': stats }[url];
  res.writeHead(answer ? 200 : 404, { 'content-type': 'application/json' });
  res.end(JSON.stringify(answer ?? { error: { message: 'not found' } }));
}
