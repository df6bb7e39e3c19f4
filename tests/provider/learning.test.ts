import { describe, expect, it } from 'vitest';
import { json, type Body, type ModelServer } from '../support/model-server.ts';
import { textOf } from '../support/model-server-chat.ts';
import { ask, setUpProvider } from './setup.ts';

let server: ModelServer;
const { open } = setUpProvider((started) => (server = started));

/** Refuses each call whose body has one of these fields, in these words. */
function refuse(refusals: Record<string, { status?: number; error: unknown }>) {
  server.script(({ request, response }) => {
    if (!request.path.endsWith('/chat/completions')) return false;
    const field = Object.keys(refusals).find((name) => {
      const value = request.body[name];
      return value !== undefined && value !== false;
    });
    const refusal = field === undefined ? undefined : refusals[field];
    if (!refusal) return false;
    json(response, refusal.status ?? 400, refusal.error);
    return true;
  });
}

const openAi = (param: string, message = 'Unsupported.') => ({
  error: { error: { message, type: 'invalid_request_error', param, code: 'unsupported_value' } },
});
const sent = () =>
  server.calls().map(({ body }) => Object.keys(body).filter((name) => !['model', 'messages'].includes(name)));
const options = { model: 'some-model', maxTokens: 9, temperature: 0.5, topP: 0.9 };

describe('a refusal that names an optional field', () => {
  it.each<[string, string, { status?: number; error: unknown }, Body]>([
    ['by its parameter', 'temperature', openAi('temperature'), { temperature: undefined }],
    ['by its parameter', 'top_p', openAi('top_p'), { top_p: undefined }],
    [
      'by its parameter',
      'max_tokens',
      openAi('max_tokens'),
      { max_tokens: undefined, max_completion_tokens: 9 },
    ],
    [
      'by a part of it',
      'stream_options',
      openAi('stream_options.include_usage'),
      { stream_options: undefined },
    ],
    [
      'in a list of details',
      'top_p',
      { status: 422, error: { detail: [{ loc: ['body', 'top_p'], msg: 'Extra inputs are not permitted' }] } },
      { top_p: undefined },
    ],
    [
      'in its message',
      'max_tokens',
      {
        error: {
          error: "Unsupported parameter: 'max_tokens' is not supported. Use 'max_completion_tokens'.",
        },
      },
      { max_tokens: undefined, max_completion_tokens: 9 },
    ],
    [
      'without a name',
      'stream_options',
      { error: { message: 'Unrecognized request argument' } },
      { stream_options: undefined },
    ],
  ])('%s: %s is left out or renamed, once and from then on', async (_how, field, refusal, expected) => {
    const { provider, log } = open();
    refuse({ [field]: refusal });
    const asked = await ask(provider, '[[n=2]]', options);
    expect(asked).toMatchObject({ text: textOf(2), code: undefined, waiting: [] });
    expect(server.calls()).toHaveLength(2);
    expect(server.calls()[1]?.body).toMatchObject(
      Object.fromEntries(Object.entries(expected).filter(([, value]) => value !== undefined)),
    );
    expect(sent()[1]).not.toContain(field);
    await ask(provider, '[[n=2]]', options);
    expect(server.calls()).toHaveLength(3);
    expect(sent()[2]).toEqual(sent()[1]);
    expect(log.lines.filter(({ event }) => event === 'learned from a refusal')).toHaveLength(1);
  });

  it('counts for one model alone', async () => {
    const { provider } = open();
    refuse({ temperature: openAi('temperature') });
    await ask(provider, '[[n=2]]', options);
    server.script(() => false);
    await ask(provider, '[[n=2]]', { ...options, model: 'another-model' });
    expect(sent().at(-1)).toContain('temperature');
  });

  it('may be several, one after the other', async () => {
    const { provider } = open();
    refuse({
      temperature: openAi('temperature'),
      top_p: openAi('top_p'),
      stream_options: openAi('stream_options'),
    });
    expect((await ask(provider, '[[n=2]]', options)).text).toBe(textOf(2));
    expect(server.calls()).toHaveLength(4);
    expect(sent().at(-1)).toEqual(['max_tokens', 'stream']);
  });

  it('leaves a limit out that is refused under both its names', async () => {
    const { provider } = open();
    refuse({ max_tokens: openAi('max_tokens'), max_completion_tokens: openAi('max_completion_tokens') });
    expect((await ask(provider, '[[n=2]]', options)).text).toBe(textOf(2));
    expect(
      sent()
        .at(-1)
        ?.some((name) => name.startsWith('max_')),
    ).toBe(false);
  });

  it('of streaming brings the whole answer at once', async () => {
    const { provider } = open();
    refuse({ stream: openAi('stream', 'Your organization must be verified to stream this model.') });
    const asked = await ask(provider, '[[n=3]]', options);
    expect(asked.pieces).toEqual([textOf(3)]);
    expect(server.calls()[1]?.body['stream']).toBe(false);
    expect(sent()[1]).not.toContain('stream_options');
  });
});

describe('a refusal that names none', () => {
  it.each([
    ['of a model', openAi('model', 'The model does not exist'), 'upstream_model_missing'],
    ['of a prompt', openAi('messages[0].content', 'Invalid content'), 'upstream_refused'],
    [
      'of a long prompt that also speaks of fields',
      { error: { error: { message: 'maximum context length is 8192 tokens: reduce max_tokens' } } },
      'upstream_too_long',
    ],
    ['that has the word only as a word', openAi('', 'The stream of words was too odd'), 'upstream_refused'],
    [
      'that is no refusal',
      { status: 500, error: { error: { message: 'temperature', param: 'temperature' } } },
      'upstream_failed',
    ],
  ])('%s teaches nothing', async (_what, refusal, code) => {
    const { provider, log } = open({ OPENAI_MAX_RETRIES: '0' });
    refuse({ model: refusal });
    expect((await ask(provider, '[[n=2]]', options)).code).toBe(code);
    expect(server.calls()).toHaveLength(1);
    expect(log.lines.some(({ event }) => event === 'learned from a refusal')).toBe(false);
  });

  it('again after the field was left out is the end', async () => {
    const { provider } = open();
    refuse({ model: openAi('temperature') });
    expect((await ask(provider, '[[n=2]]', options)).code).toBe('upstream_refused');
    expect(server.calls()).toHaveLength(2);
  });
});
