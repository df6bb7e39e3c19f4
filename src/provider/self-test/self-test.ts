import type { IncomingMessage } from 'node:http';
import { withDeadline } from '../../lib/deadline.ts';
import { isAppError } from '../../lib/errors.ts';
import { createCompletionReader, type CompletionReader } from '../chat/completion-reader.ts';
import { readAnswerBody } from '../chat/answer-body.ts';
import { chatHeaders } from '../chat/headers.ts';
import type { Fields, Protocol } from '../chat/protocol.ts';
import type { SentPart } from '../chat/turns.ts';
import { metered, type OnAttempt } from '../metering.ts';
import { wordsIn } from '../lessons/refusals.ts';
import { askForModels } from '../models/list.ts';
import type { ModelList, ServedBy } from '../provider.ts';
import { redact } from '../redact.ts';
import { readText, type Transport } from '../transport/transport.ts';

/** What is tried, in this order. */
export type CheckName = 'list' | 'chat' | 'stream' | 'usage' | 'thinking' | 'vision' | 'tools' | 'images';

/**
 * `works`; `refused`: the server said no, in `words`; `not_offered`: it has none, or did not do it; `failed`: no answer, or
 * none that can be read.
 */
export type CheckResult = {
  name: CheckName;
  outcome: 'works' | 'refused' | 'not_offered' | 'failed';
  /** How long it took; 0 where nothing was asked. */
  ms: number;
  /** The server's own words, without the key; '' where it said nothing. */
  words: string;
};

export type SelfTest = {
  baseUrl: string;
  host: string;
  apiKey: string | undefined;
  transport: Transport;
  server: ServedBy;
  /** The one that the model is asked by, with what is sent along. */
  protocol: Protocol;
  fields: Fields;
  list: ModelList;
  /** Makes one image. @throws AppError */
  paint(signal: AbortSignal): Promise<unknown>;
  call: { signal: AbortSignal; onAttempt?: OnAttempt | undefined };
};

/** For each request; a model that has to be loaded first takes its time. */
const LIMIT_MS = 120_000;
const MAX_ERROR_BYTES = 16 * 1024;
/** A dot, as a PNG of 1×1. */
const DOT =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII=';
const say = 'Reply with the one word: yes';

type Answer = { status: number; reader: CompletionReader; text: string; thought: string; words: string };
type Check = Omit<CheckResult, 'name' | 'ms'>;

/** Asks a model server for one small thing after the other, as cheaply as possible, and says how each went. */
export async function testServer(test: SelfTest): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  const run = async (name: CheckName, check: () => Promise<Check>) => {
    const begun = performance.now();
    const result = await check().catch((error: unknown) => failure(test, error));
    results.push({ name, ...result, ms: Math.round(performance.now() - begun) });
  };
  const { protocol } = test;
  const asked = (content: string | SentPart[], more: Fields = {}) => ask(test, content, more);
  let streamed: Answer | undefined;

  await run('list', async () => {
    const models = await withDeadline(LIMIT_MS, test.call.signal, (signal) => askForModels(test, signal));
    return { outcome: models.length > 0 ? 'works' : 'not_offered', words: '' };
  });
  const whole = { stream: false, stream_options: undefined };
  await run('chat', async () => outcomeOf(await asked(say, whole), ({ text }) => text !== ''));
  await run('stream', async () => {
    streamed = await asked(say);
    return outcomeOf(streamed, ({ text }) => text !== '');
  });
  results.push(seen('usage', streamed?.reader.usage() !== undefined));
  const tokens = streamed?.reader.usage()?.thinkingTokens ?? 0;
  results.push(seen('thinking', (streamed?.thought ?? '') !== '' || tokens > 0));
  await run('vision', async () => {
    const parts: SentPart[] = [
      { type: 'text', text: say },
      { type: 'image', url: DOT },
    ];
    return outcomeOf(await asked(parts, whole), ({ text }) => text !== '');
  });
  await run('tools', async () => {
    const parameters = { type: 'object', properties: { word: { type: 'string' } }, required: ['word'] };
    const tools = [protocol.tool({ name: 'answer', description: 'Answers.', parameters })];
    const answer = await asked('Call the tool "answer" with the word yes.', { ...whole, tools });
    return outcomeOf(answer, ({ reader }) => reader.finishReason() === 'tool_calls');
  });
  if (test.list.defaultImage === undefined)
    results.push({ name: 'images', outcome: 'not_offered', ms: 0, words: '' });
  else
    await run('images', async () => {
      await test.paint(test.call.signal);
      return { outcome: 'works', words: '' };
    });
  return results;
}

const seen = (name: CheckName, isSeen: boolean): CheckResult => ({
  name,
  outcome: isSeen ? 'works' : 'not_offered',
  ms: 0,
  words: '',
});

function outcomeOf(answer: Answer, didIt: (answer: Answer) => boolean): Check {
  if (answer.status < 200 || answer.status > 299) return { outcome: 'refused', words: answer.words };
  return { outcome: didIt(answer) ? 'works' : 'not_offered', words: '' };
}

/** @throws `signal.reason` when the whole test was stopped */
function failure({ call, apiKey }: SelfTest, error: unknown): Check {
  call.signal.throwIfAborted();
  const words = isAppError(error) ? error.code : error instanceof Error ? error.message : '';
  return { outcome: 'failed', words: redact(words, apiKey) };
}

/** One chat call, booked like any other. */
async function ask(test: SelfTest, content: string | SentPart[], more: Fields): Promise<Answer> {
  const { call, server } = test;
  const attempt = { ...server, promptTokens: 50, images: 0 };
  let answer: Answer | undefined;
  const received = () => ({ usage: answer?.reader.usage() });
  const result = await metered({ call, attempt, received }, async () => ({
    value: (answer = await exchange(test, content, more)),
  }));
  return (result as { value: Answer }).value;
}

function exchange(test: SelfTest, content: string | SentPart[], more: Fields): Promise<Answer> {
  const { baseUrl, apiKey, transport, server, protocol, fields, host, call } = test;
  const body = protocol.body(server.model, [{ role: 'user', content }], { ...fields, ...more });
  return withDeadline(LIMIT_MS, call.signal, async (signal) => {
    const response: IncomingMessage = await transport.send({
      url: new URL(baseUrl + protocol.path),
      method: 'POST',
      headers: chatHeaders(apiKey, body),
      body,
      signal,
      reuse: true,
    });
    const seen = { text: '', thought: '' };
    const reader = createCompletionReader({
      context: { model: server.model, host, hasKey: apiKey !== undefined },
      read: protocol.read,
      onText: (piece) => (seen.text += piece),
      onThinking: (piece) => (seen.thought += piece),
      onItems: () => undefined,
      onProgress: () => undefined,
      onFinish: () => undefined,
    });
    const status = response.statusCode ?? 0;
    if (status >= 200 && status <= 299) {
      await readAnswerBody(response, { ...reader, onBytes: () => undefined });
      return { status, reader, ...seen, words: '' };
    }
    const { text } = await readText(response, MAX_ERROR_BYTES);
    return { status, reader, ...seen, words: `${status} ${redact(wordsIn(text), apiKey)}` };
  });
}
