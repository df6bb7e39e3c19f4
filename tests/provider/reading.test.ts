import fc from 'fast-check';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { isAppError } from '../../src/lib/errors.ts';
import { createTextIntake } from '../../src/lib/text.ts';
import { readChunk } from '../../src/provider/chat/chunk.ts';
import { createCompletionReader } from '../../src/provider/chat/completion-reader.ts';
import { createThinkBlock, type Part } from '../../src/provider/chat/think-block.ts';
import { readResponsesEvent } from '../../src/provider/responses/event.ts';
import type { ModelServer } from '../support/model-server.ts';
import { textOf, thoughtOf } from '../support/model-server-chat.ts';
import { ask, setUpProvider } from './setup.ts';

let server: ModelServer;
const { open } = setUpProvider((started) => (server = started));

/** What a reader makes of a body that comes in these slices. */
function read(slices: Iterable<string>, readEvent = readChunk) {
  const intake = createTextIntake();
  const seen = { text: '', thought: '', reason: '', code: '' };
  const reader = createCompletionReader({
    read: readEvent,
    context: { model: 'm', host: 'h', hasKey: true },
    onText: (piece) => (seen.text += intake.accept(piece)),
    onThinking: (piece) => (seen.thought += piece),
    onItems: () => undefined,
    onProgress: () => undefined,
    onFinish: () => undefined,
  });
  try {
    for (const slice of slices) reader.feed(slice);
    reader.end();
  } catch (error) {
    seen.code = isAppError(error) ? error.code : String(error);
  }
  seen.text += intake.end();
  return { ...seen, reason: reader.finishReason(), usage: reader.usage(), unreadable: reader.unreadable() };
}

const say = (delta: object, finish: string | null = null) =>
  `data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
const done = 'data: [DONE]\n\n';

describe('a stream', () => {
  const long = `Hällo 👩‍👩‍👧 漢字 — ${'🦀 und '.repeat(20)}\r\nEnd.`;
  const pieces = [...long.matchAll(/[^]{1,3}/g)].map(([piece]) => say({ content: piece }));
  const body = [': hello\n\n', say({ reasoning: 'So 漢' }), ...pieces, say({}, 'stop'), done].join('');
  const expected = { text: long.replace('\r\n', '\n'), thought: 'So 漢', reason: 'stop', code: '' };

  it('gives the same text wherever it is cut, with every line end', () => {
    for (const form of [body, body.replaceAll('\n', '\r\n')]) {
      for (let at = 0; at <= form.length; at += 1)
        expect(read([form.slice(0, at), form.slice(at)])).toMatchObject(expected);
      expect(read(form)).toMatchObject(expected);
    }
  });

  it('gives the same text wherever it is cut by the other protocol too', () => {
    const event = (type: string, more: object) =>
      `event: ${type}\r\ndata: ${JSON.stringify({ type, ...more })}\r\n\r\n`;
    const form = [
      event('response.reasoning_text.delta', { delta: 'So 漢' }),
      ...Array.from(long, (piece) => event('response.output_text.delta', { delta: piece })),
      event('response.completed', { response: { status: 'completed', output: [] } }),
    ].join('');
    for (let at = 0; at <= form.length; at += 1)
      expect(read([form.slice(0, at), form.slice(at)], readResponsesEvent)).toMatchObject(expected);
    expect(read(form, readResponsesEvent)).toMatchObject(expected);
  });

  it('gives the same text in any slices, also where pieces end inside a character', () => {
    const slicing = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 });
    const halves = Array.from({ length: long.length }, (_, at) => say({ content: long[at] }));
    const torn = [say({ reasoning: 'So 漢' }), ...halves, say({}, 'stop'), done].join('');
    fc.assert(
      fc.property(fc.constantFrom(body, torn), slicing, (form, sizes) => {
        const slices = [];
        for (let at = 0, i = 0; at < form.length; i += 1) {
          const size = sizes[i % sizes.length] ?? 1;
          slices.push(form.slice(at, at + size));
          at += size;
        }
        expect(read(slices)).toMatchObject({ ...expected, text: long.replace('\r\n', '\n') });
      }),
    );
  });

  it('passes over what it cannot read, and counts it', () => {
    const odd = ['data:\n\n', 'data: : comment\n\n', 'data: ping\n\n', 'event: ping\ndata: {}\n\n'];
    expect(read([...odd, say({ content: 'Hi' }, 'stop')])).toMatchObject({
      text: 'Hi',
      code: '',
      unreadable: 3,
    });
    expect(read(odd.slice(0, 3)).code).toBe('upstream_bad_answer');
  });

  it.each([
    ['[DONE] alone', [say({ content: 'Hi' }), done], { text: 'Hi', code: '', reason: '' }],
    ['an empty finish reason', [say({ content: 'Hi' }, ''), done], { text: 'Hi', code: '', reason: '' }],
    ['nothing', [say({ content: 'Hi' })], { text: 'Hi', code: 'upstream_cut' }],
    ['the finish reason "error"', [say({ content: 'Hi' }, 'error'), done], { code: 'upstream_failed' }],
  ])('that ends with %s', (_name, slices, result) => {
    expect(read(slices)).toMatchObject(result);
  });

  it.each([
    [{ code: 429, message: 'slow down' }, 'upstream_limited'],
    [{ code: '402' }, 'upstream_no_credit'],
    [{ code: 502, metadata: { error_type: 'provider' } }, 'upstream_failed'],
    [{ status: 401 }, 'upstream_key_refused'],
    ['content policy violated', 'upstream_filtered'],
    [503, 'upstream_failed'],
  ])('reads the error %j', (error, code) => {
    const event = `data: ${JSON.stringify({ choices: [], error })}\n\n`;
    expect(read([say({ content: 'Hi' }), event])).toMatchObject({ text: 'Hi', code });
  });

  it('reads an error in words, and takes none for one that is empty', () => {
    expect(read([say({ content: 'Hi' }), 'data: error: boom\n\n']).code).toBe('upstream_failed');
    const empty = `data: ${JSON.stringify({ error: {}, choices: [{ delta: { content: 'Hi' }, finish_reason: 'stop' }] })}\n\n`;
    expect(read([empty])).toMatchObject({ text: 'Hi', code: '' });
  });

  it.each([
    ['at the root', { usage: { prompt_tokens: 3, completion_tokens: 4 } }],
    ['in x_groq', { x_groq: { usage: { prompt_tokens: 3, completion_tokens: 4 } } }],
    ['in the choice', { choices: [{ delta: {}, usage: { prompt_tokens: 3, completion_tokens: 4 } }] }],
  ])('finds the usage %s', (_place, event) => {
    const slices = [say({ content: 'Hi' }, 'stop'), `data: ${JSON.stringify(event)}\n\n`, done];
    expect(read(slices).usage).toEqual({ promptTokens: 3, completionTokens: 4, estimated: false });
  });

  it('takes a thought that stands in several fields once', () => {
    const both = say({ reasoning: 'Hm.', reasoning_content: 'Hm.', reasoning_details: [{ text: 'Hm.' }] });
    expect(read([both, say({ content: 'Hi' }, 'stop')])).toMatchObject({ text: 'Hi', thought: 'Hm.' });
  });
});

describe('a whole answer', () => {
  const answer = JSON.stringify({
    choices: [{ message: { content: [{ type: 'text', text: 'Hi' }] }, finish_reason: 'stop' }],
  });

  it.each([answer, `\ufeff\n${answer}`, `${answer}\n\ndata: [DONE]\n\n`, `[${answer}]`])(
    'is told by its first character: %s',
    (body) => {
      expect(read([body])).toMatchObject({ text: 'Hi', code: '' });
      expect(read(body)).toMatchObject({ text: 'Hi', code: '' });
    },
  );

  it('may come after any number of blanks', () => {
    expect(read(['\n', ' '.repeat(100_000), '\r\n', answer])).toMatchObject({ text: 'Hi', code: '' });
  });

  it.each(['<html></html>', '{"hello": 1}', '{"choices": [', '', '   '])('is none: "%s"', (body) => {
    expect(read([body]).code).toBe('upstream_bad_answer');
  });
});

describe('a thought', () => {
  it.each(['reasoning_content', 'reasoning', 'details', 'parts', 'tag'])(
    'is told apart from the answer when it comes as %s',
    async (as) => {
      const { provider } = open();
      const asked = await ask(provider, `[[n=4 thoughts=3 as=${as}]]`);
      expect(asked.text).toBe(textOf(4));
      expect(asked.thought.trim()).toBe(thoughtOf(3).trim());
      expect(asked.outcome?.usage).toMatchObject({ completionTokens: 7, thinkingTokens: 3 });
    },
  );

  it('is given once, also when whoever takes it throws', () => {
    for (const begun of ['Answer', '<think>plan']) {
      const block = createThinkBlock();
      const parts: Part[] = [];
      const take = () => {
        for (const part of block.accept(begun)) {
          parts.push(part);
          throw new Error('no more');
        }
      };
      expect(take).toThrow('no more');
      parts.push(...block.end());
      expect(parts).toHaveLength(1);
    }
  });

  it('in the text is told apart however it is sliced, and only at the very beginning', () => {
    const bodies: [string, string, string][] = [
      ['<think>plan</think>\n\nAnswer', 'plan', 'Answer'],
      ['\n <think>\nplan < think </thin </think>Answer', '\nplan < think </thin ', 'Answer'],
      ['Answer <think>no</think>', '', 'Answer <think>no</think>'],
      ['<think>a</think>\n<think>b</think>', 'a', '<think>b</think>'],
      ['<thinking>text', '', '<thinking>text'],
      ['<thi', '', '<thi'],
      ['<think>never closed </thi', 'never closed </thi', ''],
      ['  ', '', '  '],
    ];
    for (const [body, thought, text] of bodies)
      for (let size = 1; size <= body.length; size += 1) {
        const block = createThinkBlock();
        const parts: Part[] = [];
        for (let at = 0; at < body.length; at += size) parts.push(...block.accept(body.slice(at, at + size)));
        parts.push(...block.end());
        const of = (kind: string) =>
          parts
            .filter((part) => part.kind === kind)
            .map((part) => part.text)
            .join('');
        expect([body, size, of('thinking'), of('text')]).toEqual([body, size, thought, text]);
      }
  });
});

it('reads an answer that comes packed although nobody asked for that', async () => {
  const { provider } = open();
  const packed = gzipSync(say({ content: 'Packed' }) + say({}, 'stop') + done);
  for (const headers of [{ 'content-encoding': 'gzip' }, {}]) {
    server.script(({ request, response }) => {
      if (!request.path.endsWith('/chat/completions')) return false;
      response.writeHead(200, { 'content-type': 'text/event-stream', ...headers });
      response.write(packed.subarray(0, 9));
      response.end(packed.subarray(9));
      return true;
    });
    expect(await ask(provider, 'Hi')).toMatchObject({ text: 'Packed', code: undefined });
  }
  expect(server.calls()[0]?.headers['accept-encoding']).toBe('identity');
});

it('loses nothing of an answer that breaks off where a thought could begin', async () => {
  const { provider } = open();
  server.script(({ request, response }) => {
    if (!request.path.endsWith('/chat/completions')) return false;
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(say({ content: '<thi' }));
    setTimeout(() => response.socket?.destroy(), 50);
    return true;
  });
  expect(await ask(provider, 'Hi')).toMatchObject({ text: '<thi', code: 'upstream_cut' });
});

it('waits for a server that loads its model, and says so', async () => {
  const { provider } = open({ OPENAI_MAX_RETRIES: '0' });
  const asked = await ask(provider, '[[err=503 message=Loading_model times=1 n=2]]');
  expect(asked.text).toBe(textOf(2));
  expect(asked.waiting).toEqual([{ reason: 'loading' }]);
});

it('asks again when the answer was refused inside a stream before it began', async () => {
  const { provider } = open();
  let count = 0;
  server.script(({ request, response }) => {
    if (!request.path.endsWith('/chat/completions') || (count += 1) > 1) return false;
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end(`data: ${JSON.stringify({ error: { code: 503, message: 'no worker' } })}\n\n`);
    return true;
  });
  const asked = await ask(provider, '[[n=2]]');
  expect(asked.text).toBe(textOf(2));
  expect(asked.waiting).toMatchObject([{ reason: 'retry' }]);
});
