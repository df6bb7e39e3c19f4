import { describe, expect, it } from 'vitest';
import { familyOf } from '../../src/provider/images/families.ts';
import { chooseModels } from '../../src/provider/models/defaults.ts';
import { kindOf } from '../../src/provider/models/kind-of-name.ts';
import { readModels } from '../../src/provider/models/read-list.ts';
import { startModelServer, type ModelServer } from '../support/model-server.ts';
import { ask, openProvider, setUpProvider } from './setup.ts';

const list = (...items: (string | { id: string; shutdown_date: unknown })[]) =>
  readModels({ data: items.map((item) => (typeof item === 'string' ? { id: item } : item)) });
const auto = { chatModel: 'auto', imageModel: 'auto', imageModelIsGuess: true };
const today = '2026-11-21';

describe('the kind of a model', () => {
  it.each([
    'gpt-4o',
    'gpt-5.6-terra',
    'llama3.2:3b',
    'meta-llama/Llama-3-8B-Instruct',
    'mistral-small',
    'qwen2.5-coder',
  ])('%s chats', (name) => expect(kindOf(name)).toBe('chat'));
  it.each([
    'gpt-image-1',
    'openai/gpt-image-2',
    'dall-e-3',
    'flux-dev',
    'stable-diffusion-xl',
    'gemini-2.5-flash-image',
    'sd-cpp-local',
  ])('%s paints', (name) => expect(kindOf(name)).toBe('image'));
  it.each([
    'text-embedding-3-small',
    'whisper-1',
    'tts-1',
    'omni-moderation-latest',
    'nomic-embed-text',
    'gpt-realtime',
    'bge-m3',
  ])('%s does neither', (name) => expect(kindOf(name)).toBe('other'));
});

describe('the choice of a model', () => {
  it('takes the first of the ordered list that the server lists, dated versions included', () => {
    const chosen = chooseModels(
      list('zeta', 'gpt-4o', 'gpt-4o-mini-2024-07-18', 'dall-e-3', 'gpt-image-1.5'),
      auto,
      today,
    );
    expect(chosen).toMatchObject({
      defaultChat: 'gpt-4o-mini-2024-07-18',
      defaultImage: 'gpt-image-1.5',
      warnings: [],
    });
  });

  it('takes the first of the right kind when none of the ordered list is there', () => {
    const chosen = chooseModels(list('nomic-embed-text', 'llama3.2', 'qwen3', 'flux-dev'), auto, today);
    expect(chosen).toMatchObject({ defaultChat: 'llama3.2', defaultImage: 'flux-dev' });
    expect(chooseModels(list('llama3.2'), auto, today).defaultImage).toBeUndefined();
  });

  it('leaves out what was shut down, whatever way the date is written', () => {
    const listed = list(
      { id: 'gpt-4o-mini', shutdown_date: '2026-05-12' },
      { id: 'gpt-4.1-mini', shutdown_date: Date.parse('2026-11-01') / 1000 },
      { id: 'gpt-4o', shutdown_date: '2027-01-01' },
      { id: 'gpt-4.1', shutdown_date: 'soon' },
    );
    const chosen = chooseModels(listed, auto, today);
    expect(chosen.defaultChat).toBe('gpt-4.1');
    expect(chosen.models.map(({ name }) => name)).toEqual(['gpt-4o', 'gpt-4.1']);
  });

  it('takes a named model that is listed, and warns of one that is not or was shut down', () => {
    const listed = list(
      'gpt-4o-mini',
      'mine',
      { id: 'dall-e-3', shutdown_date: '2026-05-12' },
      'gpt-image-1',
    );
    const named = { chatModel: 'mine', imageModel: 'dall-e-3', imageModelIsGuess: false };
    expect(chooseModels(listed, named, today)).toMatchObject({
      defaultChat: 'mine',
      defaultImage: 'gpt-image-1',
      warnings: [{ key: 'provider.model_shut_down', params: { model: 'dall-e-3', date: '2026-05-12' } }],
    });
    expect(chooseModels(listed, { ...named, chatModel: 'gone' }, today)).toMatchObject({
      defaultChat: 'gpt-4o-mini',
      warnings: [{ key: 'provider.model_not_listed', params: { model: 'gone' } }, {}],
    });
  });

  it('keeps a named model that is not listed when there is no other of its kind', () => {
    const named = { chatModel: 'auto', imageModel: 'mine', imageModelIsGuess: false };
    expect(chooseModels(list('llama3.2'), named, today)).toMatchObject({
      defaultImage: 'mine',
      warnings: [{ key: 'provider.model_not_listed', params: { model: 'mine' } }],
    });
  });

  it('reads OPENAI_MODEL as the image model only when it names one', () => {
    const listed = list('gpt-4o', 'gpt-image-1', 'dall-e-3');
    const guess = (imageModel: string) =>
      chooseModels(listed, { chatModel: 'auto', imageModel, imageModelIsGuess: true }, today);
    expect(guess('dall-e-3')).toMatchObject({ defaultImage: 'dall-e-3', warnings: [] });
    expect(guess('gpt-4o')).toMatchObject({ defaultImage: 'gpt-image-1', warnings: [] });
  });

  it('is no list when the answer is something else, and passes over broken entries', () => {
    expect([null, 'page', {}, { data: {} }].map((answer) => readModels(answer))).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    expect(readModels({ data: [null, {}, { id: 5 }, { id: 'a' }, { id: 'a' }] })).toMatchObject([
      { name: 'a' },
    ]);
  });
});

describe('the list of models', () => {
  it.each([
    ['Together', [{ id: 'm', type: 'chat', context_length: 8192 }], { kind: 'chat', contextTokens: 8192 }],
    ['Together, images', [{ id: 'm', type: 'image' }], { kind: 'image' }],
    ['names alone', ['m'], { kind: 'chat' }],
    ['models', { models: [{ name: 'm', model: 'm' }] }, { kind: 'chat' }],
    [
      'OpenRouter',
      {
        data: [
          {
            id: 'm',
            context_length: 4096,
            architecture: { input_modalities: ['text', 'image'], output_modalities: ['text'] },
          },
        ],
      },
      { kind: 'chat', contextTokens: 4096, seesImages: true },
    ],
    [
      'OpenRouter, images',
      { data: [{ id: 'm', architecture: { output_modalities: ['image'] } }] },
      { kind: 'image' },
    ],
    ['vLLM', { data: [{ id: 'm', max_model_len: 32768 }] }, { contextTokens: 32768 }],
    [
      'Mistral',
      {
        data: [
          { id: 'm', capabilities: { completion_chat: true, vision: false }, max_context_length: 131072 },
        ],
      },
      { kind: 'chat', seesImages: false, contextTokens: 131072 },
    ],
    [
      'Mistral, embeddings',
      { data: [{ id: 'm', capabilities: { completion_chat: false } }] },
      { kind: 'other' },
    ],
    [
      'LM Studio',
      { models: [{ key: 'm', type: 'llm', max_context_length: 4096, capabilities: { vision: true } }] },
      { kind: 'chat', seesImages: true },
    ],
    ['LM Studio, embeddings', { models: [{ key: 'm', type: 'embedding' }] }, { kind: 'other' }],
    ['LocalAI', { data: [{ id: 'm', capabilities: ['image_generation'] }] }, { kind: 'image' }],
    [
      'no sane context',
      { data: [{ id: 'm', context_length: -1, max_context_length: 1e300 }] },
      { contextTokens: undefined },
    ],
  ])('of %s', (_server, answer, model) => {
    const [read, ...others] = readModels(answer) ?? [];
    expect(others).toEqual([]);
    expect(read?.name).toBe('m');
    expect({
      kind: read?.kind,
      seesImages: read?.seesImages,
      contextTokens: read?.contextTokens,
    }).toMatchObject(model);
  });

  it('shows a path by its last part', () => {
    const names = ['/models/llama-3.gguf', 'C:\\models\\qwen.gguf', 'openai/gpt-4o', './a/b'];
    expect(readModels(names)?.map(({ name, label = name }) => label)).toEqual([
      'llama-3.gguf',
      'qwen.gguf',
      'openai/gpt-4o',
      'b',
    ]);
  });
});

describe('a family of image models', () => {
  it.each([
    ['gpt-image-2', 'gpt-image-2', 10],
    ['openai/gpt-image-1', 'gpt-image', 10],
    ['chatgpt-image-latest', 'gpt-image', 10],
    ['dall-e-3', 'dall-e-3', 1],
    ['dall-e-2', 'dall-e-2', 10],
    ['flux-dev', 'other', 4],
  ])('of %s is %s', (model, name, maxCount) => {
    expect(familyOf(model)).toMatchObject({ name, maxCount });
  });
});

describe('what a family of image models takes', () => {
  it.each([
    ['gpt-image-1-mini', 'yes', true, true, { maxReferences: 16, inputFidelities: ['low'] }],
    ['gpt-image-1.5', 'yes', true, true, { maxReferences: 16, inputFidelities: ['low', 'high'] }],
    ['gpt-image-2', 'preview', true, true, { takesMarkup: false, inputFidelities: [] }],
    ['gpt-image-2.5-flare', 'yes', true, true, { takesMask: true, takesMarkup: true }],
    ['gpt-image-2.6', 'yes', true, true, { takesMask: true, takesMarkup: true }],
    ['dall-e-2', 'no', false, false, { maxReferences: 1, takesMask: true }],
    ['flux-dev', 'no', false, false, { maxReferences: 16 }],
  ])(
    '%s: transparency %s, compression %s, partial images %s',
    (model, transparency, takes, streams, edits) => {
      const family = familyOf(model);
      expect(family).toMatchObject({
        transparency,
        takesCompression: takes,
        streamsPartials: streams,
        edits,
      });
      expect(family.moderations).toEqual(takes ? ['auto', 'low'] : []);
    },
  );

  it('is for DALL·E 3 no image to begin with', () => {
    expect(familyOf('dall-e-3').edits).toBeUndefined();
  });
});

describe('the list of a server', () => {
  let server: ModelServer;
  const { cleanUp } = setUpProvider((started) => (server = started));

  it('is asked in the background and known soon', async () => {
    const { provider } = openProvider({ OPENAI_BASE_URL: server.baseUrl }, cleanUp);
    expect(provider.models().models).toEqual([]);
    const list = await provider.refreshModels();
    expect(list).toMatchObject({ defaultChat: 'gpt-4o-mini', defaultImage: 'gpt-image-1', warnings: [] });
    expect(provider.imageFamily().name).toBe('gpt-image');
    await provider.refreshModels();
    expect(server.requests).toHaveLength(1);
  });

  it('is asked again later, with an injected clock', async () => {
    let time = Date.parse('2026-11-21');
    const { provider } = openProvider({ OPENAI_BASE_URL: server.baseUrl }, cleanUp, { now: () => time });
    await provider.refreshModels();
    server.setModels({ data: [{ id: 'llama' }] });
    time += 10_000;
    expect((await provider.refreshModels()).defaultChat).toBe('llama');
  });

  it('missing is a warning, and the named model is taken at its word', async () => {
    server.setModels('no list');
    const { provider, log } = openProvider(
      { OPENAI_BASE_URL: server.baseUrl, OPENAI_CHAT_MODEL: 'mine' },
      cleanUp,
    );
    const { warnings } = await provider.refreshModels();
    expect(warnings).toEqual([
      { key: 'provider.list_unavailable', params: { host: `127.0.0.1:${server.port}` } },
    ]);
    expect((await ask(provider, '[[n=1]]')).outcome?.model).toBe('mine');
    expect(log.lines.filter(({ event }) => event === 'model list unavailable')).toHaveLength(1);
  });

  it('that never comes does not hold an answer up for ever', async () => {
    server.script(({ request }) => request.path === '/v1/models');
    const { provider } = openProvider({ OPENAI_BASE_URL: server.baseUrl }, cleanUp);
    expect((await ask(provider, '[[n=1]]')).outcome?.finishReason).toBe('stop');
  });

  it('that sends elsewhere is not followed, so the key stays with its host', async () => {
    const other = await startModelServer();
    cleanUp.push(other.close);
    server.script(({ response }) => {
      response.writeHead(307, { location: `${other.url}/v1/models` }).end();
      return true;
    });
    const { provider } = openProvider(
      { OPENAI_BASE_URL: server.baseUrl, OPENAI_API_KEY: 'sk-x-123456' },
      cleanUp,
    );
    await provider.refreshModels();
    await ask(provider, 'hello');
    expect(other.requests).toEqual([]);
  });
});
