import { expect, it } from 'vitest';
import { query } from '../support/database.ts';
import { textOf } from '../support/model-server-chat.ts';
import type { ModelServer } from '../support/model-server.ts';
import type { Agent, Salon } from '../support/salon.ts';
import { setUpSalon } from '../support/set-up.ts';

let salon: Salon;
let server: ModelServer;
let ana: Agent;
setUpSalon((opened) => ({ salon, server, ana } = opened), { OPENAI_MAX_RETRIES: '0' });

type Row = { id: string; role: string; content: string; timestamp: string };

it('POST /api opens a session and answers with its history', async () => {
  const { body } = await ana.post('/api').send({ data: 'say it [[n=3]]' }).expect(200);
  expect(Object.keys(body as object).sort()).toEqual(['data', 'history', 'response', 'session_id']);
  expect(body).toMatchObject({ data: textOf(3), response: textOf(3) });
  const timestamp = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  expect(body.history).toEqual([
    { id: expect.any(String), role: 'user', content: 'say it [[n=3]]', timestamp },
    { id: expect.any(String), role: 'assistant', content: textOf(3), timestamp },
  ]);
  const next = await ana
    .post('/api')
    .send({ input: 'more [[n=2]]', session_id: body.session_id })
    .expect(200);
  expect(next.body.session_id).toBe(body.session_id);
  expect((next.body.history as Row[]).map(({ content }) => content)).toEqual([
    'say it [[n=3]]',
    textOf(3),
    'more [[n=2]]',
    textOf(2),
  ]);
  await ana.post('/api').send({ message: 'third name' }).expect(200);
});

it('POST /api refuses what is empty, and a session that is unknown or of another person', async () => {
  const calls = server.calls().length;
  for (const body of [{}, { data: ' ' }, { data: 7 }, { data: null, session_id: 'x' }, []])
    expect((await ana.post('/api').send(body).expect(400)).body.error).toMatch(/\w/);
  await ana.post('/api').set('content-type', 'application/json').send('{"data":').expect(400);
  const ben = await salon.signUp('Ben');
  const own = await ben.post('/api/new-session').expect(201);
  for (const session_id of ['0'.repeat(26), 'nonsense', own.body.session_id as string])
    await ana.post('/api').send({ data: 'hello', session_id }).expect(404);
  const stranger = await salon.anonymous().post('/api').send({ data: 'hello' }).expect(401);
  expect(stranger.body.error).toMatch(/\w/);
  expect(server.calls()).toHaveLength(calls);
});

it('POST /api says 500 with {"error"} when the model server fails', async () => {
  const { body } = await ana.post('/api').send({ data: 'fail [[err=400]]' }).expect(500);
  expect(body.error).toMatch(/\w/);
});

it('POST /api/new-session opens an empty session that POST /api goes on with', async () => {
  const { body } = await ana.post('/api/new-session').expect(201);
  expect(Object.keys(body as object)).toEqual(['session_id']);
  const { session_id } = body as { session_id: string };
  const answer = await ana.post('/api').send({ data: 'first [[n=1]]', session_id }).expect(200);
  expect(answer.body).toMatchObject({ session_id, data: textOf(1) });
});

it('GET /api/sessions lists only sessions of one that have a summary', async () => {
  const begun = [];
  for (const data of ['one', 'two']) begun.push((await ana.post('/api').send({ data }).expect(200)).body);
  const [one, two] = begun.map(({ session_id }) => String(session_id));
  query(salon.dir, "update conversations set summary = 'About one.' where id = ?", one);
  expect((await ana.get('/api/sessions').expect(200)).body).toEqual([
    { session_id: one, summary: 'About one.' },
  ]);
  await ana.delete(`/conversations/${one}`).expect(204);
  query(salon.dir, "update conversations set summary = 'About two.' where id = ?", two);
  expect((await ana.get('/api/sessions')).body).toEqual([{ session_id: two, summary: 'About two.' }]);
});

it('GET /interact_history is the chat page, and for clients the conversations as JSON', async () => {
  const { body } = await ana.post('/api').send({ data: 'shown [[n=1]]' }).expect(200);
  const path = `/interact_history/${String(body.session_id)}`;
  const list = await ana.get('/interact_history').set('accept', 'application/json').expect(200);
  expect(list.body).toEqual((await ana.get('/conversations').set('accept', 'application/json')).body);
  const one = await ana.get(path).set('accept', 'application/json').expect(200);
  expect(one.body.messages).toHaveLength(2);
  const start = await ana.get('/interact_history').set('accept', 'text/html').expect(200);
  expect(start.text).toContain('action="/conversations"');
  const page = await ana.get(path).set('accept', 'text/html').expect(200);
  expect(page.text).toContain('shown [[n=1]]');
  await salon.anonymous().get('/interact_history').set('accept', 'application/json').expect(401);
  await salon.anonymous().get('/interact_history').set('accept', 'text/html').expect(302);
});
