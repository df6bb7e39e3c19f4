import { describe, expect, it } from 'vitest';
import { readModels } from '../../src/provider/models/read-list.ts';
import { json, type Body, type ModelServer } from '../support/model-server.ts';
import { setUpProvider, type Opened } from './setup.ts';

let server: ModelServer;
const { open } = setUpProvider((started) => (server = started));

const listOf = (...data: Body[]) => ({
  object: 'list',
  data: data.map((one) => ({ object: 'model', ...one })),
});
const ask = ({ provider }: Opened, model: string, effort: 'fast' | 'balanced' | 'thorough') =>
  provider.chat(
    { model, turns: [{ role: 'user', content: '[[n=1]]' }], parameters: { effort } },
    { signal: new AbortController().signal, onText: () => undefined },
  );
const sent = () => server.calls().at(-1)?.body;

/** Answers at these paths as a server of its own kind does. */
function answerAt(answers: Record<string, (body: Body) => unknown>) {
  server.script(({ request, response }) => {
    const answer = answers[request.path];
    if (!answer) return false;
    json(response, 200, answer(request.body));
    return true;
  });
}

describe('how long a model may think', () => {
  it.each([
    ['fast', 'low'],
    ['balanced', 'medium'],
    ['thorough', 'high'],
  ] as const)('%s is sent as %s to a model that thinks by its name', async (effort, level) => {
    await ask(open(), 'gpt-5.6-terra', effort);
    expect(sent()?.['reasoning_effort']).toBe(level);
  });

  it('is sent in the words of the other protocol', async () => {
    await ask(open({ OPENAI_API: 'responses' }), 'gpt-5.6-terra', 'thorough');
    expect(server.calls()[0]?.body['reasoning']).toEqual({ effort: 'high', summary: 'auto' });
  });

  it('is not sent to a model that is not known to think, nor by default', async () => {
    const opened = open();
    await ask(opened, 'gpt-4o', 'thorough');
    expect(sent()).not.toHaveProperty('reasoning_effort');
    expect(await opened.provider.takesEffort('gpt-4o')).toBe(false);
    expect(await opened.provider.takesEffort('gpt-5.6-terra')).toBe(true);
    expect(await opened.provider.takesEffort('gpt-5.5-pro')).toBe(false);
  });

  it('can be told where the list says so', async () => {
    server.setModels(
      listOf(
        { id: 'maker/thinker', supported_parameters: ['temperature', 'reasoning'] },
        { id: 'maker/talker', supported_parameters: ['temperature'] },
        { id: 'gpt-5.6-terra', supported_parameters: ['max_tokens'] },
      ),
    );
    const opened = open();
    await opened.provider.refreshModels();
    await ask(opened, 'maker/thinker', 'balanced');
    expect(sent()?.['reasoning_effort']).toBe('medium');
    expect(await opened.provider.takesEffort('maker/talker')).toBe(false);
    expect(await opened.provider.takesEffort('gpt-5.6-terra')).toBe(false);
  });

  it('is not offered any more once the server has refused it', async () => {
    const opened = open();
    server.script(({ request, response }) => {
      if (request.body['reasoning_effort'] === undefined) return false;
      json(response, 400, {
        error: { message: 'Unsupported.', param: 'reasoning_effort', code: 'unsupported_parameter' },
      });
      return true;
    });
    await ask(opened, 'gpt-5.6-terra', 'fast');
    expect(server.calls()).toHaveLength(2);
    expect(await opened.provider.takesEffort('gpt-5.6-terra')).toBe(false);
  });
});

describe('what a list says of a model', () => {
  const read = (item: Body) => readModels({ data: [{ id: 'm', ...item }] })?.[0];

  it.each([
    [{ pricing: { prompt: '0.0000005', completion: '0.000002' } }, { prompt: 0.5, completion: 2 }],
    [{ pricing: { hourly: 0, input: 0.3, output: 0.3, base: 0 } }, { prompt: 0.3, completion: 0.3 }],
    [{ pricing: { prompt: '0', completion: '0' } }, { prompt: 0, completion: 0 }],
    [{ pricing: { prompt: '-1', completion: '-1' } }, undefined],
    [{ pricing: { prompt: 'free', completion: null } }, undefined],
    [{ pricing: 'cheap' }, undefined],
    [{}, undefined],
  ])('has the price of %j', (item, price) => {
    const found = read(item)?.price;
    expect(
      found && { prompt: Number(found.prompt.toFixed(6)), completion: Number(found.completion.toFixed(6)) },
    ).toEqual(price);
  });
});

describe('what a server tells beyond its list', () => {
  it('is asked of Ollama, model by model, and the loaded context counts', async () => {
    server.setModels(
      listOf(
        { id: 'qwen3:8b', owned_by: 'library' },
        { id: 'llava', owned_by: 'library' },
        { id: 'nomic', owned_by: 'library' },
      ),
    );
    const shown: Record<string, unknown> = {
      'qwen3:8b': { capabilities: ['completion', 'tools', 'thinking'], parameters: 'stop "x"\nnum_ctx 8192' },
      llava: { capabilities: ['completion', 'vision'], model_info: { 'llama.context_length': 131_072 } },
      nomic: { capabilities: ['embedding'] },
    };
    answerAt({
      '/api/show': ({ model }) => shown[String(model)],
      '/api/ps': () => ({ models: [{ name: 'qwen3:8b', context_length: 16_384 }] }),
    });
    const opened = open();
    const known = (name: string) => opened.provider.model(name);
    await expect.poll(() => known('nomic')?.kind).toBe('other');
    expect(known('qwen3:8b')).toMatchObject({ kind: 'chat', contextTokens: 16_384, seesImages: false });
    expect(known('llava')).toMatchObject({ seesImages: true, effortLevels: [] });
    // Its own limit is not the one that counts, and is not taken for it.
    expect(known('llava')).not.toHaveProperty('contextTokens');
    await ask(opened, 'qwen3:8b', 'fast');
    expect(sent()?.['reasoning_effort']).toBe('none');
  });

  it('is asked of LM Studio, once for all', async () => {
    server.setModels(listOf({ id: 'qwen/qwen3-8b', owned_by: 'organization_owner' }));
    const model = {
      key: 'qwen/qwen3-8b',
      type: 'llm',
      max_context_length: 40_960,
      loaded_instances: [{ config: { context_length: 8192 } }],
      capabilities: { vision: true, reasoning: { allowed_options: ['off', 'low', 'medium', 'high'] } },
    };
    answerAt({ '/api/v1/models': () => ({ models: [model] }) });
    const { provider } = open();
    await expect.poll(() => provider.model(model.key)?.contextTokens).toBe(8192);
    expect(provider.model(model.key)).toMatchObject({
      seesImages: true,
      effortLevels: ['low', 'medium', 'high'],
    });
  });

  it('is not asked of others', async () => {
    const { provider } = open();
    await provider.refreshModels();
    await ask({ provider } as Opened, 'gpt-4o', 'fast');
    expect(server.requests.filter(({ path }) => path.startsWith('/api/'))).toEqual([]);
  });

  it('may be missing without harm', async () => {
    server.setModels(listOf({ id: 'qwen3:8b', owned_by: 'library' }));
    const { provider } = open();
    await expect.poll(() => server.requests.filter(({ path }) => path === '/api/show').length).toBe(1);
    expect((await provider.refreshModels()).defaultChat).toBe('qwen3:8b');
  });
});
