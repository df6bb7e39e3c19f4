import { expect, it } from 'vitest';
import { eventually, type Person } from '../support/chat.ts';
import { setUpPeople, type Bench } from '../support/set-up.ts';

let bench: Bench;
let ana: Person;
setUpPeople(['Ana'], (...opened) => ([bench, ana] = opened));

it('shows a model whose name is the path of its file by the last part, and asks for it by the whole', async () => {
  const path = '/srv/models/gpt-oss-20b.gguf';
  bench.model.setModels({ data: [{ id: path }, { id: '/srv/models/qwen3.gguf' }] });
  await bench.salon.restart();
  const again = ana.at(bench.salon.url);
  const page = await eventually(async () => {
    const drawn = await again.page('/');
    return drawn.body.includes('.gguf') ? drawn : undefined;
  });
  expect(page.body).toContain(`<option value="${path}" selected>gpt-oss-20b.gguf`);
  expect(page.body).toContain('<option value="/srv/models/qwen3.gguf">qwen3.gguf</option>');
  const { id, reply } = await again.begin({ content: 'Hello [[n=1]]' });
  await again.ended(id, reply.id);
  expect(bench.model.calls()[0]?.body['model']).toBe(path);
});
