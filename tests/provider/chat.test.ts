import { describe, expect, it } from 'vitest';
import type { ModelServer } from '../support/model-server.ts';
import { textOf } from '../support/model-server-chat.ts';
import { ask, openProvider, setUpProvider } from './setup.ts';

let server: ModelServer;
const { cleanUp, open } = setUpProvider((started) => (server = started));

describe('a streamed answer', () => {
  it('gives its text in pieces and ends with the finish reason and the usage of the server', async () => {
    const { provider, log } = open();
    const asked = await ask(provider, '[[n=40]] hello');
    expect(asked.text).toBe(textOf(40));
    expect(asked.pieces).toHaveLength(40);
    expect(asked.outcome).toEqual({
      finishReason: 'stop',
      model: 'gpt-4o-mini',
      providerId: null,
      usage: { promptTokens: 10, completionTokens: 40, estimated: false },
    });
    const events = log.lines.map(({ event }) => event);
    expect(events).toContain('request sent to the model server');
    expect(log.lines.find(({ event }) => event === 'answer received')?.fields).toMatchObject({ tokens: 40 });
  });

  it('sends only what was asked for, with the key', async () => {
    const { provider } = open();
    await ask(provider, 'hello', { maxTokens: 7 });
    const [call] = server.calls();
    expect(call?.headers.authorization).toBe('Bearer sk-test-1234567890');
    expect(call?.body).toEqual({
      model: 'gpt-4o-mini',
      messages: [{ role: 'user', content: 'hello' }],
      max_tokens: 7,
      stream: true,
      stream_options: { include_usage: true },
    });
  });

  it('sends no authorization when no key is set', async () => {
    const { provider } = openProvider({ OPENAI_BASE_URL: server.baseUrl }, cleanUp);
    await ask(provider, 'hello');
    expect(server.requests.every(({ headers }) => headers.authorization === undefined)).toBe(true);
  });

  it.each(['crlf', 'slices', 'crlf slices', 'odd', 'odd crlf slices', 'thinking', 'twice'])(
    'reads the same text when the stream is in the form "%s"',
    async (form) => {
      const { provider } = open();
      const asked = await ask(provider, `[[n=6 ${form}]]`);
      expect(asked.text).toBe(textOf(6));
      expect(asked.outcome?.finishReason).toBe('stop');
    },
  );

  it('takes the whole message of a server that does not stream', async () => {
    const { provider } = open();
    const asked = await ask(provider, '[[n=3 plain]]');
    expect(asked.pieces).toEqual([textOf(3)]);
    expect(asked.outcome?.usage.completionTokens).toBe(3);
  });

  it('asks again without stream_options when the server refuses them, and remembers that', async () => {
    const { provider } = open();
    const first = await ask(provider, '[[nousage n=2]]');
    expect(first.outcome?.usage.estimated).toBe(true);
    expect(first.waiting).toEqual([]);
    await ask(provider, '[[nousage n=2]]');
    expect(server.calls().map(({ body }) => 'stream_options' in body)).toEqual([true, false, false]);
  });

  it('passes the text of a refusal on as text', async () => {
    const { provider } = open();
    expect((await ask(provider, '[[n=2 refusal]]')).text).toBe(textOf(2));
  });

  it('keeps its connection for the next call', async () => {
    const { provider } = open();
    const ports = new Set<number | undefined>();
    server.script(({ request, response }) => {
      if (request.path === '/v1/chat/completions') ports.add(response.socket?.remotePort);
      return false;
    });
    for (const word of ['one', 'two', 'three', 'four']) await ask(provider, word);
    expect(server.calls()).toHaveLength(4);
    // The list of models may have opened another one beside it.
    expect(ports.size).toBeLessThanOrEqual(2);
  });

  it.each(['none', 'zero', 'negative', 'odd'])('estimates the usage when it is %s', async (usage) => {
    const { provider } = open();
    const asked = await ask(provider, `[[n=4 usage=${usage}]]`);
    expect(asked.outcome?.usage).toMatchObject({
      estimated: true,
      completionTokens: Math.ceil(textOf(4).length / 4),
    });
  });

  it.each(['length', 'content_filter', 'tool_calls'])('ends with the finish reason %s', async (finish) => {
    const { provider } = open();
    const asked = await ask(provider, `[[n=2 finish=${finish}]]`);
    expect(asked.outcome?.finishReason).toBe(finish);
    expect(server.calls()).toHaveLength(1);
  });

  it('closes the socket and rejects with the reason when it is stopped', async () => {
    const { provider } = open();
    const stop = new AbortController();
    const reason = new Error('stopped by a person');
    const asked = await ask(provider, '[[n=1000 tps=200]]', {
      signal: stop.signal,
      onText: () => stop.abort(reason),
    });
    expect(asked.error).toBe(reason);
    await expect.poll(() => server.calls()[0]?.isAborted).toBe(true);
  });

  it('is not begun when it was stopped before', async () => {
    const { provider } = open();
    await provider.refreshModels();
    const asked = await ask(provider, 'hello', { signal: AbortSignal.abort(new Error('before')) });
    expect(asked.error).toEqual(new Error('before'));
    expect(server.calls()).toHaveLength(0);
  });

  it('hands on what the caller throws for a piece, and ends the call', async () => {
    const { provider } = open();
    const asked = await ask(provider, '[[n=1000 tps=200]]', {
      onText: () => {
        throw new TypeError('of the caller');
      },
    });
    expect(asked.error).toEqual(new TypeError('of the caller'));
    await expect.poll(() => server.calls()[0]?.isAborted).toBe(true);
  });
});
