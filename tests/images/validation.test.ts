import { expect, it } from 'vitest';
import { query } from '../support/database.ts';
import type { ModelServer } from '../support/model-server.ts';
import type { ImageJob } from '../support/image-jobs.ts';
import type { Agent, Salon } from '../support/salon.ts';
import { setUpImages } from './setup.ts';

let salon: Salon;
let server: ModelServer;
let ana: Agent;
const { make, sentFor } = setUpImages((opened) => ({ salon, server, ana } = opened));

it('refuses what the model does not take with 422 and the field, before anything is asked or stored', async () => {
  const calls = server.calls().length;
  const wrong: [object, string][] = [
    [{ prompt: '' }, 'prompt'],
    [{ prompt: ' \n\t ' }, 'prompt'],
    [{}, 'prompt'],
    [{ prompt: 7 }, 'prompt'],
    [{ prompt: ['x'] }, 'prompt'],
    [{ prompt: 'x'.repeat(32_001) }, 'prompt'],
    [{ prompt: 'x', size: '1x1' }, 'size'],
    [{ prompt: 'x', size: '1792x1024' }, 'size'],
    [{ prompt: 'x', model: 'dall-e-3', size: '1536x1024' }, 'size'],
    [{ prompt: 'x', quality: 'hd' }, 'quality'],
    [{ prompt: 'x', background: 'green' }, 'background'],
    [{ prompt: 'x', format: 'svg' }, 'format'],
    [{ prompt: 'x', format: 'jpeg', background: 'transparent' }, 'format'],
    ...[0, -1, 11, 1.5, 1e9, 'two', '2;3', true, [2], {}].map((n): [object, string] => [
      { prompt: 'x', n },
      'n',
    ]),
    [{ prompt: 'x', model: 'dall-e-3', n: 2 }, 'n'],
    ...[-1, 101, 1.5, 'much', [5], {}].map((compression): [object, string] => [
      { prompt: 'x', format: 'jpeg', compression },
      'compression',
    ]),
    [{ prompt: 'x', compression: 50 }, 'compression'],
    [{ prompt: 'x', moderation: 'none' }, 'moderation'],
    [{ prompt: 'x', client_id: 'y'.repeat(200) }, 'client_id'],
  ];
  const rows = query(salon.dir, 'select 1 from jobs').length;
  for (const [body, field] of wrong) {
    const answer = await ana.post('/images').send(body);
    expect([body, answer.status]).toEqual([body, 422]);
    expect(answer.body.errors.map((error: { field: string }) => error.field)).toContain(field);
  }
  expect(query(salon.dir, 'select 1 from jobs')).toHaveLength(rows);
  expect(server.calls()).toHaveLength(calls);
});

it('draws a refused form again with what was typed', async () => {
  const form = {
    prompt: 'my <own> words',
    size: '9x9',
    quality: 'high',
    n: '4',
    format: 'webp',
    background: 'auto',
    model: 'auto',
  };
  const page = await ana.post('/images').type('form').send(form).expect(422);
  expect(page.text).toContain('my &lt;own&gt; words');
  expect(page.text).toMatch(/value="high"[^>]*(checked|selected)/);
  expect(page.text).toContain('Choose one of the offered values.');
});

it('the same client id makes one job, however often and at once it comes', async () => {
  const body = { prompt: 'only once', client_id: 'tab-7-1', n: 2 };
  const answers = await Promise.all(
    Array.from({ length: 10 }, () => ana.post('/images').send(body).expect(202)),
  );
  expect(new Set(answers.map(({ body: { job } }) => (job as ImageJob).id)).size).toBe(1);
  const { images } = await make(body);
  expect(images).toHaveLength(2);
  expect(sentFor('only once')).toHaveLength(1);
  const bea = await salon.signUp('Bea');
  const other = await make(body, bea);
  expect(other.id).not.toBe(answers[0]?.body.job.id);
  expect(query(salon.dir, "select 1 from images where prompt = 'only once'")).toHaveLength(4);
});
