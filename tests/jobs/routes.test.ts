import { beforeAll, expect, it } from 'vitest';
import { setUpImages } from '../images/setup.ts';
import { query } from '../support/database.ts';
import type { Agent, Salon } from '../support/salon.ts';

let salon: Salon;
let ana: Agent;
let jobId: string;
let keys: Record<'images' | 'chat', string>;
const { make } = setUpImages((opened) => ({ salon, ana } = opened));

beforeAll(async () => {
  jobId = (await make({ prompt: 'a lighthouse' })).id;
  keys = { images: await keyFor('images', ana), chat: await keyFor('chat', ana) };
});

async function keyFor(scope: string, agent: Agent): Promise<string> {
  const { body } = await agent
    .post('/settings/keys')
    .send({ name: scope, scopes: [scope] })
    .expect(201);
  return String(body.key);
}

async function ask(key: string, method: 'get' | 'post', path: string) {
  const { status, body } = await salon.anonymous()[method](path).set('authorization', `Bearer ${key}`);
  return [status, body.code as string | undefined];
}
const paths = [
  ['get', ''],
  ['get', '/events'],
  ['post', '/cancel'],
  ['post', '/retry'],
] as const;

it('lets a key that was not made for the kind of a job neither see, follow, cancel nor repeat it', async () => {
  for (const [method, rest] of paths)
    expect([rest, ...(await ask(keys.chat, method, `/jobs/${jobId}${rest}`))]).toEqual([
      rest,
      403,
      'scope_missing',
    ]);
  expect(await ask(keys.images, 'get', `/jobs/${jobId}`)).toEqual([200, undefined]);
});

it('tells a key nothing of the jobs of others, whatever it was made for', async () => {
  const ben = await salon.signUp('Ben');
  for (const key of [await keyFor('chat', ben), await keyFor('images', ben)])
    for (const [method, rest] of paths)
      for (const id of [jobId, '0'.repeat(26)])
        expect([rest, ...(await ask(key, method, `/jobs/${id}${rest}`))]).toEqual([rest, 404, 'not_found']);
});

it('knows no job of a kind that no feature shows', async () => {
  query(salon.dir, "update jobs set kind = 'unheard_of' where id = ?", jobId);
  for (const [method, rest] of paths)
    expect([rest, ...(await ask(keys.images, method, `/jobs/${jobId}${rest}`))]).toEqual([
      rest,
      404,
      'not_found',
    ]);
  query(salon.dir, "update jobs set kind = 'image' where id = ?", jobId);
  expect(await ask(keys.images, 'get', `/jobs/${jobId}`)).toEqual([200, undefined]);
});
