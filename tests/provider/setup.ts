import { afterEach, beforeEach } from 'vitest';
import { AppError } from '../../src/lib/errors.ts';
import { readConfig } from '../../src/platform/config.ts';
import type { Fields, Log } from '../../src/platform/log.ts';
import {
  createProvider,
  type ChatOutcome,
  type ImageRequest,
  type MadeImage,
  type Provider,
  type ProviderOptions,
  type Waiting,
} from '../../src/provider/provider.ts';
import { startModelServer, type ModelServer } from '../support/model-server.ts';

export type Line = { level: string; event: string; fields: Fields };

/** A log that keeps its lines. */
export function keepLog(): Log & { lines: Line[] } {
  const lines: Line[] = [];
  const write =
    (level: string) =>
    (event: string, fields: Fields = {}) =>
      void lines.push({ level, event, fields });
  return {
    lines,
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    close: () => Promise.resolve(),
  };
}

export type Opened = { provider: Provider; log: ReturnType<typeof keepLog> };

/** A provider with these settings; `cleanUp` gets what closes it. */
export function openProvider(
  env: Record<string, string>,
  cleanUp: (() => unknown)[],
  options: Partial<ProviderOptions> = {},
): Opened {
  const config = readConfig('/nowhere', env);
  const log = keepLog();
  const provider = createProvider({ config: config.provider, mode: 'test', log, ...options });
  cleanUp.push(() => provider.close());
  return { provider, log };
}

/** A list for what has to be closed: it is worked off after each test, the last step first. */
export function cleanUpAfterEach(): (() => unknown)[] {
  const cleanUp: (() => unknown)[] = [];
  afterEach(async () => {
    for (const step of cleanUp.splice(0).reverse()) await step();
  });
  return cleanUp;
}

/** A scripted model server of its own for each test. @returns what opens a provider that asks it, with a key */
export function setUpProvider(
  ready: (server: ModelServer) => void,
  options: Parameters<typeof startModelServer>[0] = {},
) {
  const cleanUp = cleanUpAfterEach();
  let baseUrl = '';
  beforeEach(async () => {
    const server = await startModelServer(options);
    cleanUp.push(server.close);
    baseUrl = server.baseUrl;
    ready(server);
  });
  const open = (env: Record<string, string> = {}) =>
    openProvider({ OPENAI_BASE_URL: baseUrl, OPENAI_API_KEY: 'sk-test-1234567890', ...env }, cleanUp);
  return { cleanUp, open };
}

export type Asked = {
  text: string;
  thought: string;
  pieces: string[];
  waiting: Waiting[];
  outcome: ChatOutcome | undefined;
  error: unknown;
  code: string | undefined;
};

export type AskOptions = {
  signal?: AbortSignal;
  model?: string;
  onText?: (text: string) => void;
  maxTokens?: number;
  temperature?: number;
  topP?: number;
};

/** One chat call to its end, whatever that is. */
export async function ask(provider: Provider, content: string, options: AskOptions = {}): Promise<Asked> {
  const pieces: string[] = [];
  let thought = '';
  const waiting: Waiting[] = [];
  const call = {
    signal: options.signal ?? new AbortController().signal,
    onText: (piece: string) => {
      pieces.push(piece);
      options.onText?.(pieces.join(''));
    },
    onThinking: (piece: string) => void (thought += piece),
    onWaiting: (now: Waiting) => void waiting.push(now),
  };
  const request = {
    model: options.model,
    turns: [{ role: 'user' as const, content }],
    parameters: { max_tokens: options.maxTokens, temperature: options.temperature, top_p: options.topP },
    requestId: 'r1',
  };
  const ended = await provider.chat(request, call).then(
    (outcome) => ({ outcome, error: undefined }),
    (error: unknown) => ({ outcome: undefined, error }),
  );
  return { text: pieces.join(''), thought, pieces, waiting, ...ended, code: codeOf(ended.error) };
}

export type Painted = {
  images: MadeImage[];
  waiting: Waiting[];
  made: number | undefined;
  error: unknown;
  code: string | undefined;
};

/** One image call to its end, whatever that is. */
export async function paint(
  provider: Provider,
  request: string | ImageRequest,
  signal = new AbortController().signal,
): Promise<Painted> {
  const images: Painted['images'] = [];
  const waiting: Waiting[] = [];
  const ended = await provider
    .image(typeof request === 'string' ? { prompt: request } : request, {
      signal,
      onImage: (image) => Promise.resolve(void images.push(image)),
      onWaiting: (now) => void waiting.push(now),
    })
    .then(
      ({ made }) => ({ made, error: undefined }),
      (error: unknown) => ({ made: undefined, error }),
    );
  images.sort((a, b) => a.index - b.index);
  return { images, waiting, ...ended, code: codeOf(ended.error) };
}

export function codeOf(error: unknown): string | undefined {
  return error instanceof AppError ? error.code : undefined;
}
