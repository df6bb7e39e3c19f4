import { afterAll, beforeAll, expect, it } from 'vitest';
import { openBench } from '../support/chat.ts';
import type { Bench } from '../support/set-up.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench({ OPENAI_CHAT_MODEL: 'no-such-model' });
});
afterAll(() => bench.close());

it('tells with a sentence that a configured model is not listed', async () => {
  const ana = await bench.person('Ana');
  await expect.poll(async () => (await ana.page('/')).body).toContain('no-such-model');
  const { body } = await ana.page('/');
  expect(body).toMatch(/does not list “no-such-model”/);
  expect(body).not.toContain('provider.');
});
