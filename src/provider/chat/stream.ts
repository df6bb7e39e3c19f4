import type { IncomingMessage } from 'node:http';
import { AppError, isAppError } from '../../lib/errors.ts';
import type { Log } from '../../platform/log.ts';
import { createCompletionReader, type CompletionReader } from './completion-reader.ts';
import { metered } from '../metering.ts';
import { chatBody, chatHeaders, refusesUsageOption } from './request-body.ts';
import { faultFromAnswer, faultFromNetwork, type Fault, type FaultContext } from '../faults.ts';
import type { Admission } from '../transport/admission.ts';
import type { ChatCall, ChatOutcome, ChatRequest } from '../provider.ts';
import { withRetries, type Attempt } from '../retry.ts';
import { createIdleTimeout, type IdleTimeout } from './idle-timeout.ts';
import { estimateUsage, promptTokens } from '../tokens.ts';
import { readText, type Transport } from '../transport/transport.ts';

export type ServerAccess = {
  baseUrl: string;
  host: string;
  apiKey: string | undefined;
  maxRetries: number;
  idleSeconds: number;
  transport: Transport;
  admission: Admission;
  log: Log;
};

export type ChatStream = (model: string, request: ChatRequest, call: ChatCall) => Promise<ChatOutcome>;

const MAX_ERROR_BYTES = 64 * 1024;
const MAX_WHOLE_ANSWER_BYTES = 8 * 1024 * 1024;
/** After the finish reason only the usage report is missing; a server that sends none must not hold the answer up. */
const AFTER_FINISH_MS = 5_000;
/** A body normally ends right after `[DONE]`, which frees its connection for the next call. */
const AFTER_DONE_MS = 2_000;

/**
 * Streams one answer of an OpenAI-compatible server. Complete means that a finish reason was received: a body that
 * just ends, and `[DONE]` without one, are `upstream_cut`. Tried again only while no text was given.
 */
export function createChatStream(access: ServerAccess): ChatStream {
  // Remembered once a server refuses `stream_options`, so that each later call is one request.
  let asksForUsage = true;
  return async (model, request, call) => {
    const started = performance.now();
    const fields = { model, kind: 'chat', request_id: request.requestId };
    const { log, admission } = access;
    const attempt = async (): Promise<Attempt<CompletionReader>> => {
      await admission.admit({
        tokens: promptTokens(request.turns),
        signal: call.signal,
        onWaiting: call.onWaiting,
      });
      log.info('request sent to the model server', fields);
      const result = await once(access, { model, request, call, asksForUsage });
      if (!asksForUsage || !('fault' in result) || !refusesUsageOption(result.fault)) return result;
      asksForUsage = false;
      return once(access, { model, request, call, asksForUsage });
    };
    const reader = await withRetries(
      { ...access, signal: call.signal, fields, onWaiting: call.onWaiting },
      attempt,
    );
    const usage = reader.usage() ?? estimateUsage(request.turns, reader.characters());
    const tokens = usage.completionTokens;
    log.info('answer received', { ...fields, ms: Math.round(performance.now() - started), tokens });
    return { finishReason: reader.finishReason() ?? '', model, usage };
  };
}

type Ask = { model: string; request: ChatRequest; call: ChatCall; asksForUsage: boolean };

async function once(access: ServerAccess, ask: Ask): Promise<Attempt<CompletionReader>> {
  const { model, request, call } = ask;
  const attempt = {
    model,
    promptTokens: promptTokens(request.turns),
    maxTokens: request.parameters?.max_tokens,
    images: 0,
  };
  let reader: CompletionReader | undefined;
  const estimate = () => (reader?.hasBegun() ? estimateUsage(request.turns, reader.characters()) : undefined);
  const received = () => ({ usage: reader?.usage() ?? estimate() });
  return metered({ call, attempt, received }, () => stream(access, ask, (begun) => (reader = begun)));
}

async function stream(
  access: ServerAccess,
  { model, request, call, asksForUsage }: Ask,
  onBegin: (reader: CompletionReader) => void,
): Promise<Attempt<CompletionReader>> {
  const body = chatBody(model, request, asksForUsage);
  const context = { model, host: access.host, hasKey: access.apiKey !== undefined };
  const stop = new AbortController();
  const onAbort = () => stop.abort(call.signal.reason);
  call.signal.addEventListener('abort', onAbort, { once: true });
  if (call.signal.aborted) onAbort();
  const idleTimeout = createIdleTimeout(access.idleSeconds * 1000, () =>
    stop.abort(new AppError('upstream_timeout')),
  );
  const reader = createCompletionReader({
    context,
    onText: call.onText,
    onProgress: idleTimeout.touch,
    onFinish: () => idleTimeout.limitTo(AFTER_FINISH_MS),
  });
  onBegin(reader);
  try {
    return await exchange({ access, body, context, reader, idleTimeout, signal: stop.signal });
  } catch (error) {
    if (!stop.signal.aborted) stop.abort(error);
    if (call.signal.aborted) throw call.signal.reason;
    // Whatever happens to the connection after the finish reason, the answer is whole.
    if (reader.finishReason() !== undefined) return { value: reader };
    throw stop.signal.reason;
  } finally {
    idleTimeout.clear();
    call.signal.removeEventListener('abort', onAbort);
  }
}

type Exchange = {
  access: ServerAccess;
  body: string;
  context: FaultContext;
  reader: CompletionReader;
  idleTimeout: IdleTimeout;
  signal: AbortSignal;
};

async function exchange(exchange: Exchange): Promise<Attempt<CompletionReader>> {
  const { access, context, reader, signal } = exchange;
  let response: IncomingMessage;
  try {
    response = await access.transport.send({
      url: new URL(`${access.baseUrl}/chat/completions`),
      method: 'POST',
      headers: chatHeaders(access.apiKey, exchange.body),
      body: exchange.body,
      signal,
      reuse: true,
    });
  } catch (error) {
    signal.throwIfAborted();
    return { fault: faultFromNetwork(error, context) };
  }
  try {
    const status = response.statusCode ?? 0;
    if (status < 200 || status > 299) return { fault: await fault(response, status, context) };
    await readAnswer(response, reader, context);
    return { value: reader };
  } catch (error) {
    if (signal.aborted || isAppError(error) || !isConnectionError(error)) throw error;
    throw new AppError('upstream_cut', { cause: error });
  }
}

async function readAnswer(
  response: IncomingMessage,
  reader: CompletionReader,
  context: FaultContext,
): Promise<void> {
  const type = response.headers['content-type'] ?? '';
  if (/html/i.test(type)) throw new AppError('upstream_bad_answer', { params: { host: context.host } });
  if (!/\bjson\b/i.test(type)) return readEvents(response, reader);
  const { text, cut } = await readText(response, MAX_WHOLE_ANSWER_BYTES);
  if (cut) throw new AppError('upstream_too_large');
  reader.whole(text);
}

function readEvents(response: IncomingMessage, reader: CompletionReader): Promise<void> {
  return new Promise((resolve, reject) => {
    response.setEncoding('utf8');
    const guarded = (step: () => boolean) => {
      try {
        if (!step()) return;
        const late = setTimeout(() => response.destroy(), AFTER_DONE_MS);
        response.once('close', () => clearTimeout(late));
        resolve();
      } catch (error) {
        // The reason may come from the caller's own `onText`; either way nothing more is read.
        response.pause();
        reject(error);
      }
    };
    response.on('data', (slice: string) => guarded(() => reader.feed(slice)));
    response.on('end', () => guarded(() => reader.end()));
    response.on('error', reject);
    response.on('close', () => reject(new AppError('upstream_cut')));
  });
}

async function fault(response: IncomingMessage, status: number, context: FaultContext): Promise<Fault> {
  const { text } = await readText(response, MAX_ERROR_BYTES);
  const header = (name: string) => {
    const value = response.headers[name];
    return Array.isArray(value) ? value[0] : value;
  };
  return faultFromAnswer({ status, header, body: text }, context);
}

function isConnectionError(error: unknown): boolean {
  return typeof (error as { code?: unknown }).code === 'string';
}
