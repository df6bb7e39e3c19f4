import { describe, expect, it } from 'vitest';
import { protocolFor } from '../../src/provider/chat/choose-protocol.ts';
import { kindOf } from '../../src/provider/models/kind-of-name.ts';
import { readResponsesEvent } from '../../src/provider/responses/event.ts';
import { png } from '../support/model-server-images.ts';
import { json, type Body, type ModelServer } from '../support/model-server.ts';
import { textOf } from '../support/model-server-chat.ts';
import { ask, setUpProvider } from './setup.ts';

let server: ModelServer;
const { open } = setUpProvider((started) => (server = started));
const speaking = () => open({ OPENAI_API: 'responses' }).provider;

type Event = { type: string } & Body;
const usage = { input_tokens: 11, output_tokens: 7, output_tokens_details: { reasoning_tokens: 3 } };
const message = (text: string) => ({
  type: 'message',
  role: 'assistant',
  content: [{ type: 'output_text', text }],
});
const thought = (...texts: string[]) => ({
  type: 'reasoning',
  id: 'rs_1',
  summary: texts.map((text) => ({ type: 'summary_text', text })),
});
const delta = (text: string): Event => ({ type: 'response.output_text.delta', delta: text });
const over = (status: string, more: Body = {}): Event => ({
  type: `response.${status}`,
  response: { object: 'response', status, output: [], usage, ...more },
});

/** Answers each Responses call with these events, each with its name, as OpenAI does. */
function answer(...events: Event[]) {
  server.script(({ request, response }) => {
    if (request.path !== '/v1/responses') return false;
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const event of events) response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
    response.end();
    return true;
  });
}

describe('an answer by Responses', () => {
  it('streams its text, its thinking and its usage', async () => {
    answer(
      { type: 'response.created', response: { status: 'in_progress' } },
      { type: 'response.reasoning_summary_part.added', summary_index: 0 },
      { type: 'response.reasoning_summary_text.delta', delta: '**Plan**' },
      { type: 'response.reasoning_summary_part.added', summary_index: 1 },
      { type: 'response.reasoning_summary_text.delta', delta: 'More.' },
      { type: 'response.web_search_call.searching' },
      delta('Grüße, '),
      delta('世界'),
      over('completed', { output: [thought('**Plan**', 'More.'), message('Grüße, 世界')] }),
    );
    const asked = await ask(speaking(), 'Hello', { model: 'gpt-6.1-terra', temperature: 0.5, maxTokens: 50 });
    expect(asked).toMatchObject({
      text: 'Grüße, 世界',
      thought: '**Plan**\n\nMore.',
      outcome: {
        finishReason: 'stop',
        usage: { promptTokens: 11, completionTokens: 7, thinkingTokens: 3, estimated: false },
      },
    });
    expect(server.calls()[0]?.body).toEqual({
      model: 'gpt-6.1-terra',
      input: [{ role: 'user', content: 'Hello' }],
      temperature: 0.5,
      max_output_tokens: 50,
      store: false,
      stream: true,
      reasoning: { summary: 'auto' },
      include: ['reasoning.encrypted_content'],
    });
  });

  it('asks a model that does not think for no summary', async () => {
    answer(delta('Hi'), over('completed'));
    await ask(speaking(), 'Hello', { model: 'gpt-4o' });
    expect(server.calls()[0]?.body).toEqual({
      model: 'gpt-4o',
      input: [{ role: 'user', content: 'Hello' }],
      store: false,
      stream: true,
    });
  });

  it.each([
    [over('incomplete', { incomplete_details: { reason: 'max_output_tokens' } }), 'length'],
    [over('incomplete', { incomplete_details: { reason: 'content_filter' } }), 'content_filter'],
    [over('completed'), 'stop'],
  ])('ends for a reason that chat completions name', async (end, reason) => {
    answer(delta('Hi'), end);
    const asked = await ask(speaking(), 'Hello');
    expect([asked.text, asked.outcome?.finishReason]).toEqual(['Hi', reason]);
  });

  it('may be a refusal, which is text', async () => {
    answer({ type: 'response.refusal.delta', delta: 'I cannot.' }, over('completed'));
    expect((await ask(speaking(), 'Hello')).text).toBe('I cannot.');
  });

  it('may come at its end alone', async () => {
    answer(over('completed', { output: [thought('Why.'), message('All of it.')] }));
    expect(await ask(speaking(), 'Hello')).toMatchObject({ text: 'All of it.', thought: 'Why.' });
  });

  it('may come whole, where streaming is refused', async () => {
    server.script(({ request, response }) => {
      if (request.path !== '/v1/responses') return false;
      if (request.body['stream'] === true)
        json(response, 400, {
          error: { message: 'Must be verified to stream.', param: 'stream', code: 'unsupported_value' },
        });
      else
        json(response, 200, {
          object: 'response',
          status: 'completed',
          output: [message('Whole.')],
          usage,
          error: null,
        });
      return true;
    });
    const asked = await ask(speaking(), 'Hello');
    expect(asked).toMatchObject({ text: 'Whole.', outcome: { usage: { promptTokens: 11 } } });
  });

  it.each([
    [
      'before its first byte',
      [{ type: 'error', code: 'rate_limit_exceeded', message: 'Slow down.' }],
      'upstream_limited',
    ],
    [
      'midway',
      [delta('Hal'), over('failed', { error: { code: 'server_error', message: 'Oops' } })],
      'upstream_failed',
    ],
    [
      'by its filter',
      [over('failed', { error: { code: 'content_filter', message: 'No' } })],
      'upstream_filtered',
    ],
    ['by a cut', [delta('Hal')], 'upstream_cut'],
  ] satisfies [string, Event[], string][])('fails %s like any other answer', async (_how, events, code) => {
    answer(...events);
    const asked = await ask(open({ OPENAI_API: 'responses', OPENAI_MAX_RETRIES: '0' }).provider, 'Hello');
    expect(asked.code).toBe(code);
  });
});

describe('what Responses is asked', () => {
  it('has instructions apart, and images and files as data', async () => {
    answer(delta('Hi'), over('completed'));
    const image = png(32, 32);
    const content = [
      { type: 'text' as const, text: 'What is this?' },
      { type: 'image' as const, bytes: image },
      { type: 'file' as const, name: 'a.pdf', mediaType: 'application/pdf', bytes: Buffer.from('%PDF') },
    ];
    const turns = [
      { role: 'system' as const, content: 'Be brief.' },
      { role: 'user' as const, content: 'Hello' },
      { role: 'assistant' as const, content: 'Yes?' },
      { role: 'user' as const, content },
    ];
    await speaking().chat({ turns }, { signal: new AbortController().signal, onText: () => undefined });
    expect(server.calls()[0]?.body).toMatchObject({
      instructions: 'Be brief.',
      input: [
        { role: 'user', content: 'Hello' },
        { role: 'assistant', content: 'Yes?' },
        {
          role: 'user',
          content: [
            { type: 'input_text', text: 'What is this?' },
            { type: 'input_image', image_url: `data:image/png;base64,${image.toString('base64')}` },
            { type: 'input_file', filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBERg==' },
          ],
        },
      ],
    });
  });
});

describe('the protocol', () => {
  const asked = (model: string, host = 'api.openai.com') =>
    protocolFor({ api: 'auto', host, model }, new Map()).name;

  it('is Responses at OpenAI for models that think or have no other', () => {
    expect(
      ['gpt-6.1-terra', 'o3', 'gpt-5.5-pro', 'gpt-4o', 'gpt-4.1-mini'].map((model) => asked(model)),
    ).toEqual(['responses', 'responses', 'responses', 'chat', 'chat']);
    expect(asked('gpt-6.1-terra', 'gateway.example')).toBe('chat');
  });

  it('makes models that exist only there models for chat', () => {
    expect([kindOf('gpt-5.5-pro'), kindOf('gpt-5.5-pro', true)]).toEqual(['other', 'chat']);
  });

  it('falls back to chat completions where there is no Responses, and stays there', async () => {
    const { provider, log } = open({ OPENAI_API: 'responses' });
    expect((await ask(provider, '[[n=2]]')).text).toBe(textOf(2));
    expect((await ask(provider, '[[n=3]]')).text).toBe(textOf(3));
    expect(server.calls().map(({ path }) => path)).toEqual([
      '/v1/responses',
      '/v1/chat/completions',
      '/v1/chat/completions',
    ]);
    const learned = log.lines.filter(({ event }) => event === 'learned from a refusal');
    expect(learned.map(({ fields }) => fields['field'])).toEqual(['protocol']);
  });

  it('falls back to Responses for a model that says so', async () => {
    server.script(({ request, response }) => {
      if (request.path === '/v1/responses') {
        response.end(
          `data: ${JSON.stringify(delta('Here.'))}\n\ndata: ${JSON.stringify(over('completed'))}\n\n`,
        );
        return true;
      }
      if (!request.path.endsWith('/chat/completions')) return false;
      const error = 'This model is only supported in v1/responses and not in v1/chat/completions.';
      json(response, 404, {
        error: { message: error, type: 'invalid_request_error', param: 'model', code: null },
      });
      return true;
    });
    const { provider } = open({ OPENAI_API: 'chat' });
    expect((await ask(provider, 'Hello')).text).toBe('Here.');
    expect(server.calls()).toHaveLength(2);
  });

  it('does not go back and forth between two refusals', async () => {
    server.script(({ request, response }) => {
      if (request.method !== 'POST') return false;
      json(response, 404, { error: { message: 'Not Found: see chat/completions and v1/responses' } });
      return true;
    });
    expect((await ask(speaking(), 'Hello')).code).toBe('upstream_model_missing');
    expect(server.calls()).toHaveLength(2);
  });

  it('learns which of its fields are refused', async () => {
    server.script(({ request, response }) => {
      if (request.path !== '/v1/responses') return false;
      const words = "Unsupported parameter: 'reasoning.summary' is not supported with this model.";
      if (request.body['reasoning'] !== undefined)
        json(response, 400, {
          error: { message: words, param: 'reasoning.summary', code: 'unsupported_parameter' },
        });
      else response.end(`data: ${JSON.stringify(over('completed', { output: [message('Yes.')] }))}\n\n`);
      return true;
    });
    const asked = await ask(speaking(), 'Hello', { model: 'o3' });
    expect(asked.text).toBe('Yes.');
  });
});
describe('reading one event', () => {
  it.each([
    '{}',
    '[]',
    'null',
    '1',
    '{"type":1}',
    '{"type":"response.completed"}',
    '{"type":"response.completed","response":{"output":[null,{"content":{}}]}}',
  ])('passes over %s', (data) => expect(() => readResponsesEvent(data)).not.toThrow());
});
