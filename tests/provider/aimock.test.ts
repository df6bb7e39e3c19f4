import { LLMock } from '@copilotkit/aimock';
import { beforeEach, describe, expect, it } from 'vitest';
import { png } from '../support/model-server-images.ts';
import { ask, cleanUpAfterEach, openProvider, paint } from './setup.ts';

/** The same seam against a model server written by others, so that our own scripted one is not the only witness. */
let mock: LLMock;
const cleanUp = cleanUpAfterEach();
beforeEach(async () => {
  mock = new LLMock({ port: 0, logLevel: 'silent' });
  await mock.start();
  cleanUp.push(() => mock.stop());
});

const open = (env: Record<string, string> = {}) =>
  openProvider(
    {
      OPENAI_BASE_URL: `${mock.url}/v1`,
      OPENAI_API_KEY: 'sk-mock-123456',
      OPENAI_CHAT_MODEL: 'gpt-4o',
      OPENAI_IMAGE_MODEL: 'gpt-image-1',
      ...env,
    },
    cleanUp,
  ).provider;
const image = png(32, 32).toString('base64');

describe('a foreign model server', () => {
  it('streams an answer with the usage it was told', async () => {
    mock.onMessage(/herons/, {
      content: 'Herons sleep in trees. '.repeat(20),
      usage: { prompt_tokens: 11, completion_tokens: 120 },
    });
    const asked = await ask(open(), 'Where do herons sleep?');
    expect(asked.text).toBe('Herons sleep in trees. '.repeat(20));
    expect(asked.pieces.length).toBeGreaterThan(1);
    expect(asked.outcome).toMatchObject({
      finishReason: 'stop',
      usage: { promptTokens: 11, completionTokens: 120 },
    });
  });

  it.each([
    ['an answer', { content: 'Grüße, 世界! '.repeat(20) }],
    ['a thought and an answer', { content: 'Herons.', reasoning: 'They stand in water.' }],
    ['an answer that is cut by its limit', { content: 'Herons st', finishReason: 'length' }],
  ])('gives %s by chat completions and by Responses alike', async (_what, response) => {
    const usage = { prompt_tokens: 11, completion_tokens: 120 };
    mock.onMessage(/herons/, { ...response, usage });
    const turns = [
      { role: 'system' as const, content: 'You know birds.' },
      { role: 'user' as const, content: 'Hello' },
      { role: 'assistant' as const, content: 'Yes?' },
      { role: 'user' as const, content: 'What about herons?' },
    ];
    const answers = ['chat', 'responses'].map(async (protocol) => {
      const seen = { text: '', thought: '' };
      const outcome = await open({ OPENAI_API: protocol, OPENAI_CHAT_MODEL: 'gpt-6.1-terra' }).chat(
        { turns },
        {
          signal: new AbortController().signal,
          onText: (piece) => void (seen.text += piece),
          onThinking: (piece) => void (seen.thought += piece),
        },
      );
      return { ...seen, reason: outcome.finishReason, usage: outcome.usage };
    });
    const [chat, responses] = await Promise.all(answers);
    expect(chat?.text).toBe(response.content);
    expect(responses).toEqual(chat);
    expect(
      mock
        .getRequests()
        .map(({ path }) => path)
        .sort(),
    ).toEqual(['/v1/chat/completions', '/v1/responses']);
  });

  it('lists its models', async () => {
    const list = await open().refreshModels();
    expect(list.models.length).toBeGreaterThan(0);
    expect(list.warnings.filter(({ key }) => key === 'provider.list_unavailable')).toEqual([]);
  });

  it('says "too often" once and then answers', async () => {
    mock.onMessage(/hello/, { content: 'Hello!' });
    mock.nextRequestError(429, { message: 'slow down', type: 'rate_limit_error' });
    const asked = await ask(open(), 'hello');
    expect(asked.text).toBe('Hello!');
    expect(asked.waiting).toMatchObject([{ reason: 'limited' }]);
  });

  it('drops the connection in the middle of an answer', async () => {
    mock.onMessage(/long/, { content: 'many words '.repeat(50) }, { truncateAfterChunks: 3, latency: 20 });
    const asked = await ask(open(), 'a long one');
    expect(asked.code).toBe('upstream_cut');
    expect(asked.text).not.toBe('');
    expect('many words '.repeat(50).startsWith(asked.text)).toBe(true);
  });

  it('has no answer for a question it does not know', async () => {
    expect((await ask(open(), 'something else')).code).toBe('upstream_model_missing');
  });

  it('gives several images as bytes', async () => {
    mock.onImage(/hill/, { images: [{ b64Json: image }, { b64Json: image }, { b64Json: image }] });
    const painted = await paint(open(), { prompt: 'a hill', n: 3 });
    expect(painted.made).toBe(3);
    expect(painted.images.every(({ bytes }) => bytes.equals(png(32, 32)))).toBe(true);
  });

  it('gives more images than asked for, which are left alone', async () => {
    mock.onImage(/hill/, { images: [{ b64Json: image }, { b64Json: image }] });
    expect((await paint(open(), 'a hill')).images).toHaveLength(1);
  });
});
