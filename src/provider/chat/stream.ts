import { AppError } from '../../lib/errors.ts';
import type { Log } from '../../platform/log.ts';
import { createCompletionReader, type CompletionReader } from './completion-reader.ts';
import { metered } from '../metering.ts';
import type { Lessons } from '../lessons/lessons.ts';
import { lessonFrom } from '../lessons/refusals.ts';
import { levelFor, levelsOf } from '../models/effort.ts';
import { redact } from '../redact.ts';
import { exchange } from './exchange.ts';
import { memoryLesson, withMemories } from './memory.ts';
import { protocolFor, protocolLesson, type ProtocolSetting } from './choose-protocol.ts';
import type { Fields, Protocol } from './protocol.ts';
import { prepareTurns, type SentTurn } from './turns.ts';
import type { Admission } from '../transport/admission.ts';
import type { ChatCall, ChatOutcome, ChatRequest, Model, ServedBy } from '../provider.ts';
import { reportFault, withRetries, type Attempt } from '../retry.ts';
import { createIdleTimeout } from './idle-timeout.ts';
import { estimateUsage, promptTokens } from '../tokens.ts';
import type { Transport } from '../transport/transport.ts';

export type ServerAccess = {
  baseUrl: string;
  host: string;
  apiKey: string | undefined;
  api: ProtocolSetting;
  maxRetries: number;
  firstPieceSeconds: number;
  idleSeconds: number;
  transport: Transport;
  admission: Admission;
  lessons: Lessons;
  /** What the server lists of a model. */
  find(model: string): Model | undefined;
  log: Log;
};

export type ChatStream = (server: ServedBy, request: ChatRequest, call: ChatCall) => Promise<ChatOutcome>;

/** After the finish reason only the usage report is missing; a server that sends none must not hold the answer up. */
const AFTER_FINISH_MS = 5_000;
/** What a model that thinks in silence may write meanwhile: a large one, quick at that. */
const SILENT_TOKENS_PER_SECOND = 50;
const MAX_SILENT_TOKENS = 20_000;

/**
 * Streams one answer of an OpenAI-compatible server. Complete means that a finish reason or `[DONE]` was received: a body
 * that just ends is `upstream_cut`. Tried again only while the model had not begun.
 */
export function createChatStream(access: ServerAccess): ChatStream {
  return async (server, request, call) => {
    const started = performance.now();
    const fields = { ...logged(server), kind: 'chat', request_id: request.requestId };
    const { log, admission } = access;
    const turns = await prepareTurns(request.turns);
    const attempt = async (): Promise<Attempt<CompletionReader>> => {
      await admission.admit({
        tokens: promptTokens(request.turns),
        signal: call.signal,
        onWaiting: call.onWaiting,
      });
      log.info('request sent to the model server', fields);
      return untilTaken(access, { server, request, call, turns });
    };
    const reader = await withRetries(
      { ...access, signal: call.signal, fields, onWaiting: call.onWaiting },
      attempt,
    );
    const usage = reader.usage() ?? estimateUsage(request.turns, reader.characters());
    const tokens = usage.completionTokens;
    log.info('answer received', { ...fields, ms: Math.round(performance.now() - started), tokens });
    return { ...server, finishReason: reader.finishReason(), usage };
  };
}

/** Who answers, as log lines name it. */
const logged = ({ providerId, model }: ServedBy) => ({ provider: providerId, model });

type Ask = { server: ServedBy; request: ChatRequest; call: ChatCall; turns: readonly SentTurn[] };
/** What goes out, and how its answer is read. */
type Outgoing = { protocol: Protocol; fields: Fields };

/** Asks again without what was refused, each optional field once, and remembers that for the calls to come. */
async function untilTaken(access: ServerAccess, ask: Ask): Promise<Attempt<CompletionReader>> {
  const { lessons, apiKey, api, host } = access;
  const { model } = ask.server;
  const { parameters = {} } = ask.request;
  for (;;) {
    const known = lessons.of(ask.server);
    const protocol = protocolFor({ api, host, model }, known);
    const effort = levelFor(parameters.effort, levelsOf(model, access.find(model)));
    const fields = protocol.fields(model, { ...parameters, effort }, known);
    const turns = await withMemories(ask, { protocol, known });
    const result = await once(access, { ...ask, turns }, { protocol, fields });
    if (!('fault' in result)) return result;
    const { fault } = result;
    const lesson =
      lessonFrom(fault, { optional: protocol.optional, sent: fields, known }) ??
      memoryLesson(fault, turns, known) ??
      protocolLesson(fault, protocol, known);
    if (!lesson) return result;
    lessons.learn(ask.server, { ...lesson, words: redact(lesson.words, apiKey) });
  }
}

async function once(access: ServerAccess, ask: Ask, outgoing: Outgoing): Promise<Attempt<CompletionReader>> {
  const { server, request, call } = ask;
  const attempt = {
    ...server,
    promptTokens: promptTokens(request.turns),
    maxTokens: request.parameters?.max_tokens,
    images: 0,
  };
  let reader: CompletionReader | undefined;
  const sentAt = performance.now();
  const received = () => {
    const usage =
      reader?.usage() ?? (reader?.hasBegun() ? estimateUsage(request.turns, reader.characters()) : undefined);
    if (usage || !call.signal.aborted) return { usage };
    // It may have thought in silence all the while, which is paid for; how much, nobody can tell.
    const seconds = (performance.now() - sentAt) / 1000;
    const completionTokens = Math.round(Math.min(MAX_SILENT_TOKENS, seconds * SILENT_TOKENS_PER_SECOND));
    return { usage: { ...estimateUsage(request.turns, 0), completionTokens }, isUncertain: true };
  };
  return metered({ call, attempt, received }, () =>
    stream(access, ask, outgoing, (begun) => (reader = begun)),
  );
}

async function stream(
  access: ServerAccess,
  { server, request, call, turns }: Ask,
  { protocol, fields }: Outgoing,
  onBegin: (reader: CompletionReader) => void,
): Promise<Attempt<CompletionReader>> {
  const { model } = server;
  const url = new URL(access.baseUrl + protocol.path);
  const body = protocol.body(model, turns, fields);
  const context = { model, host: access.host, hasKey: access.apiKey !== undefined };
  const stop = new AbortController();
  const onAbort = () => stop.abort(call.signal.reason);
  call.signal.addEventListener('abort', onAbort, { once: true });
  if (call.signal.aborted) onAbort();
  const silence = createIdleTimeout(access.firstPieceSeconds * 1000, () =>
    stop.abort(new AppError('upstream_timeout')),
  );
  const reader = createCompletionReader({
    context,
    read: protocol.read,
    onText: call.onText,
    onThinking: (piece) => call.onThinking?.(piece),
    onItems: (items) => call.onItems?.(items),
    onProgress: () => (reader.hasBegun() ? silence.touch() : silence.limitTo(access.idleSeconds * 1000)),
    onFinish: () => silence.limitTo(AFTER_FINISH_MS),
  });
  onBegin(reader);
  try {
    return await exchange({ access, url, body, context, reader, silence, signal: stop.signal });
  } catch (error) {
    if (!stop.signal.aborted) stop.abort(error);
    if (reader.hasBegun()) reader.flush();
    if (call.signal.aborted) throw call.signal.reason;
    if (reader.isComplete()) return { value: reader };
    const fault = reader.fault();
    // Refused before any work began, though the answer said 200: as good as a refusal by its status.
    if (fault && !reader.hasBegun()) return { fault };
    if (fault) reportFault(access, { ...logged(server), kind: 'chat', request_id: request.requestId }, fault);
    throw stop.signal.reason;
  } finally {
    silence.clear();
    call.signal.removeEventListener('abort', onAbort);
    const events = reader.unreadable();
    if (events > 0) access.log.debug('unreadable events of the model server', { ...logged(server), events });
  }
}
