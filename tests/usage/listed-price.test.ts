import { expect, it } from 'vitest';
import { openBench } from '../support/chat.ts';
import { startModelServer } from '../support/model-server.ts';
import { answered, ledgerOf } from './setup.ts';

it('books an answer at the price that its server lists, before a built-in one', async () => {
  const pricing = { prompt: '0.000001', completion: '0.000002' };
  const server = await startModelServer({ models: { data: [{ id: 'gpt-4o', pricing }] } });
  const bench = await openBench({ OPENAI_BASE_URL: server.baseUrl });
  try {
    const ada = await bench.person('Ada');
    await answered(ada, '[[n=7]] how much?', { model: 'gpt-4o' });
    // 10 tokens at 1 and 7 at 2 dollars a million.
    expect(ledgerOf(bench.salon.dir)).toMatchObject([{ is_priced: 1, cost_micros: 24 }]);
    const page = await ada.page('/admin/usage/prices');
    expect(page.body).toContain('Listed by the server');
  } finally {
    await bench.close();
    await server.close();
  }
});
