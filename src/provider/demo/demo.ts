import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../../lib/errors.ts';
import { metered } from '../metering.ts';
import type {
  ChatCall,
  ChatOutcome,
  ChatRequest,
  ImageCall,
  ImageFamily,
  ImageOutcome,
  ImageRequest,
  ServedBy,
} from '../provider.ts';
import type { Backend } from '../server.ts';
import { estimateTokens, estimateUsage, promptTokens } from '../tokens.ts';

export const DEMO_CHAT_MODEL = 'demo';
export const DEMO_IMAGE_MODEL = 'demo-image';

/** About 40 tokens a second, the pace of a common model server. */
const PIECE_EVERY_MS = 25;
const CHARACTERS_PER_TOKEN = 4;
/** Real image models take far longer; this is enough to see the placeholder. */
const IMAGE_MS = 1200;

const family: ImageFamily = {
  name: 'demo',
  sizes: ['1024x1024', '1536x1024', '1024x1536', '512x512'],
  qualities: [],
  backgrounds: ['opaque', 'transparent'],
  transparency: 'yes',
  formats: ['png', 'webp', 'jpeg'],
  takesCompression: false,
  moderations: [],
  maxCount: 4,
  edits: undefined,
  streamsPartials: false,
};

/**
 * The built-in model: answers and paints offline from rules, the same for the same prompt, and says that it is a
 * demo. Its texts and its painter are loaded when they are first needed.
 */
export function createDemo(identify: () => Promise<string | null> = () => Promise.resolve(null)): Backend {
  const list = {
    state: 'listed' as const,
    models: [
      { name: DEMO_CHAT_MODEL, kind: 'chat' as const },
      { name: DEMO_IMAGE_MODEL, kind: 'image' as const },
    ],
    defaultChat: DEMO_CHAT_MODEL,
    defaultImage: DEMO_IMAGE_MODEL,
    warnings: [],
  };
  const serverFor = async (
    named: string | undefined,
    model: string,
    call: { onServer?(server: ServedBy): void },
  ): Promise<ServedBy> => {
    requireModel(named, model);
    const server = { providerId: await identify(), model };
    call.onServer?.(server);
    return server;
  };
  return {
    models: () => list,
    refreshModels: () => Promise.resolve(list),
    model: (name) => list.models.find((model) => model.name === name),
    takesEffort: () => Promise.resolve(false),
    parametersOf: () => Promise.resolve(['max_tokens']),
    imageFamily: () => family,
    test: () => Promise.resolve([]),
    chat: async (request, call) => chat(await serverFor(request.model, DEMO_CHAT_MODEL, call), request, call),
    image: async (request, call) =>
      image(await serverFor(request.model, DEMO_IMAGE_MODEL, call), request, call),
    close: () => undefined,
  };
}

async function chat(server: ServedBy, request: ChatRequest, call: ChatCall): Promise<ChatOutcome> {
  const { demoAnswer } = await import('./text.ts');
  const whole = demoAnswer(request.turns);
  const maxCharacters = (request.parameters?.max_tokens ?? Infinity) * CHARACTERS_PER_TOKEN;
  const text = whole.slice(0, maxCharacters);
  let given = 0;
  const usage = () => estimateUsage(request.turns, given);
  const attempt = {
    ...server,
    promptTokens: promptTokens(request.turns),
    maxTokens: request.parameters?.max_tokens,
    images: 0,
  };
  await metered({ call, attempt, received: () => ({ usage: usage() }) }, async () => {
    for (const piece of text.match(/\s*\S{1,4}/g) ?? [text]) {
      await pause(PIECE_EVERY_MS, call.signal);
      given += piece.length;
      call.onText(piece);
    }
    return { value: text };
  });
  const finishReason = text.length < whole.length ? 'length' : 'stop';
  return { ...server, finishReason, usage: usage() };
}

async function image(server: ServedBy, request: ImageRequest, call: ImageCall): Promise<ImageOutcome> {
  call.signal.throwIfAborted();
  const { paint } = await import('./image.ts');
  await call.onSent?.();
  const count = Math.min(family.maxCount, Math.max(1, request.n ?? 1));
  const attempt = {
    ...server,
    promptTokens: estimateTokens(request.prompt.length),
    images: count,
  };
  let made = 0;
  await metered({ call, attempt, received: () => ({ images: made }) }, async () => {
    for (; made < count; made++) {
      await pause(IMAGE_MS, call.signal);
      const bytes = await paint(request, made);
      call.signal.throwIfAborted();
      await call.onImage({ index: made, bytes, revisedPrompt: undefined, isOpaque: false });
    }
    return { value: made };
  });
  return { ...server, made: count };
}

/** A conversation may still carry the name of a real model from before. */
function requireModel(named: string | undefined, own: string): void {
  if (named !== undefined && named !== 'auto' && named !== own)
    throw new AppError('upstream_model_missing', { params: { model: named } });
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(milliseconds, undefined, { signal });
  } catch {
    throw signal.reason;
  }
}
