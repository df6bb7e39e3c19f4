import { describe, expect, it } from 'vitest';
import type { Person } from '../support/chat.ts';
import { query } from '../support/database.ts';
import { json, type Body } from '../support/model-server.ts';
import { setUpPeople, type Bench } from '../support/set-up.ts';

let bench: Bench;
let ana: Person;
const settings = { OPENAI_CHAT_MODEL: 'gpt-5.6-terra', OPENAI_MAX_RETRIES: '0' };

const sealed = (id: string) => ({ type: 'reasoning', id, summary: [], encrypted_content: `secret of ${id}` });

/** Answers by Responses, each time with another sealed thought; `refuse` says why a call is refused instead. */
function sealThoughts(refuse: (body: Body) => string | undefined = () => undefined) {
  let count = 0;
  bench.model.script(({ request, response }) => {
    if (request.path !== '/v1/responses') return false;
    const refusal = refuse(request.body);
    if (refusal !== undefined)
      json(response, 400, { error: { message: refusal, code: 'invalid_encrypted_content' } });
    else {
      count += 1;
      const events = [
        { type: 'response.output_item.done', item: sealed(`rs_${count}`) },
        { type: 'response.output_text.delta', delta: `Answer ${count}` },
        { type: 'response.completed', response: { status: 'completed', output: [] } },
      ];
      response.end(events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join(''));
    }
    return true;
  });
}

const inputs = () => bench.model.calls().map(({ body }) => body['input']);
const begin = async (content: string) => {
  const { id, reply } = await ana.begin({ content });
  return { id, reply: await ana.ended(id, reply.id) };
};
const goOn = async (id: string, content: string, more: object = {}) => {
  const { reply } = await ana.ask(id, content, more);
  return ana.ended(id, reply.id);
};

describe('what a model has sealed', () => {
  setUpPeople(['Ana'], (...opened) => ([bench, ana] = opened), { ...settings, OPENAI_API: 'responses' });

  it('goes back to it before the answer that it belongs to', async () => {
    sealThoughts();
    const { id } = await begin('One');
    await goOn(id, 'Two');
    expect(inputs()[1]).toEqual([
      { role: 'user', content: 'One' },
      sealed('rs_1'),
      { role: 'assistant', content: 'Answer 1' },
      { role: 'user', content: 'Two' },
    ]);
  });

  it('goes to no other model, and is shown and exported nowhere', async () => {
    sealThoughts();
    const { id } = await begin('One');
    await goOn(id, 'Two', { model: 'gpt-6-luna' });
    expect(JSON.stringify(inputs()[1])).not.toContain('secret');
    const whole = await ana.call('GET', `/conversations/${id}?include=reasoning`);
    expect(JSON.stringify(whole.body)).not.toContain('secret');
    expect((await ana.page(`/conversations/${id}`)).body).not.toContain('secret of');
    const archive = await fetch(`${bench.salon.url}/settings/export`, { headers: { cookie: ana.cookie } });
    expect(Buffer.from(await archive.arrayBuffer()).includes('secret of')).toBe(false);
  });

  it('is left out once the server cannot read it', async () => {
    sealThoughts((body) =>
      JSON.stringify(body['input']).includes('secret')
        ? 'Could not decrypt the encrypted content of item rs_1.'
        : undefined,
    );
    const { id } = await begin('One');
    expect((await goOn(id, 'Two')).content).toBe('Answer 2');
    expect((await goOn(id, 'Three')).content).toBe('Answer 3');
    expect(bench.model.calls()).toHaveLength(4);
    expect(bench.model.calls().at(-1)?.body).not.toHaveProperty('include');
  });

  it('is forgotten with an answer that is written on, and with its conversation', async () => {
    sealThoughts();
    const { id, reply } = await begin('One');
    const kept = () => query<{ message_id: string }>(bench.salon.dir, 'select message_id from model_items');
    expect(kept()).toEqual([{ message_id: reply.id }]);
    await ana.call('DELETE', `/conversations/${id}`);
    await ana.call('DELETE', `/trash/${id}`);
    expect(kept()).toEqual([]);
  });
});

describe('an open thought', () => {
  setUpPeople(['Ana'], (...opened) => ([bench, ana] = opened), settings);

  it('goes back to a server that will not go on without it', async () => {
    bench.model.script(({ request, response }) => {
      if (!request.path.endsWith('/chat/completions')) return false;
      const turns = request.body['messages'] as Body[];
      const lacksThought = turns.some(
        ({ role, reasoning_content: thought }) => role === 'assistant' && thought === undefined,
      );
      if (lacksThought)
        json(response, 400, {
          error: { message: 'Missing `reasoning_content` field in the assistant message at index 1' },
        });
      else
        json(response, 200, {
          choices: [
            {
              message: { content: `Answer ${turns.length}`, reasoning_content: 'Why.' },
              finish_reason: 'stop',
            },
          ],
        });
      return true;
    });
    const { id } = await begin('One');
    expect((await goOn(id, 'Two')).content).toBe('Answer 3');
    expect((await goOn(id, 'Three')).content).toBe('Answer 5');
    expect(bench.model.calls()).toHaveLength(4);
    expect(bench.model.calls()[2]?.body['messages']).toEqual([
      { role: 'user', content: 'One' },
      { role: 'assistant', content: 'Answer 1', reasoning_content: 'Why.' },
      { role: 'user', content: 'Two' },
    ]);
  });
});
