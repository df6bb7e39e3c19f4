/** What a model server can be asked for in the matrix. */
export const answerKinds = [
  'text',
  'thinking',
  'only thinking',
  'whole',
  'without usage',
  'length limit',
  'filtered',
  'empty',
  'fault midway',
  'cut off',
] as const;
export const imageKinds = ['base64', 'address', 'refused'] as const;
export const faultKinds = [
  'wrong key',
  'no credit',
  'too often',
  'too long',
  'no such model',
  'unknown field',
] as const;
export type AnswerKind = (typeof answerKinds)[number];
export type ImageKind = (typeof imageKinds)[number];
export type FaultKind = (typeof faultKinds)[number];

export type Reply = { status: number; type: string; body: string };
type Json = Record<string, unknown>;

/** How one kind of server speaks, as far as it differs from `standard`. */
export type Dialect = {
  name: string;
  /** The answer to `GET /models`, and what is to be read from it. */
  list: unknown;
  chatModel: string;
  contextTokens?: number;
  /** No image model, or none by this way. */
  imageModel?: string;
  /** Where the thoughts of a model stand in a piece; undefined: they are kept. */
  thinking: ((text: string) => Json) | undefined;
  /** Thoughts stand in the text, between tags. */
  isTagged: boolean;
  text(text: string): Json;
  reportsUsage: boolean;
  usage(usage: Json): Json;
  /** Before the first piece, between pieces, and after the last one. */
  preamble: string;
  filler: string;
  ending: string;
  lineEnd: '\n' | '\r\n';
  finish: { stop: string | null; length: string; filter: string };
  /** The error inside a stream that began well. */
  midway(): string;
  /** `told`: what a person is told where the words of this server say no more. */
  faults: Record<FaultKind, { status: number; body: unknown; told?: 'upstream_failed' }>;
  image: {
    refused: { status: number; body: unknown };
    item(base64: string, url: string): Record<'base64' | 'address', Json>;
  };
};

export const TEXT = 'Grüße, 世界! 🦊';
export const THOUGHT = '**Plan**\n\nFirst this, then that.';
export const USAGE = { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 };

/** An error as OpenAI writes it. */
export const openAiError = (
  message: string,
  type: string,
  code: string | null = null,
  param: string | null = null,
) => ({
  error: { message, type, param, code },
});

const standard: Omit<Dialect, 'name' | 'list' | 'chatModel'> = {
  thinking: undefined,
  isTagged: false,
  text: (content) => ({ content }),
  reportsUsage: true,
  usage: (usage) => ({ choices: [], usage }),
  preamble: '',
  filler: '',
  ending: 'data: [DONE]\n\n',
  lineEnd: '\n',
  finish: { stop: 'stop', length: 'length', filter: 'content_filter' },
  midway: () => `data: ${JSON.stringify(openAiError('The server had an error', 'server_error'))}\n\n`,
  faults: {
    'wrong key': {
      status: 401,
      body: openAiError('Incorrect API key provided', 'invalid_request_error', 'invalid_api_key'),
    },
    'no credit': {
      status: 429,
      body: openAiError('You exceeded your current quota', 'insufficient_quota', 'insufficient_quota'),
    },
    'too often': { status: 429, body: openAiError('Rate limit reached', 'requests', 'rate_limit_exceeded') },
    'too long': {
      status: 400,
      body: openAiError(
        "This model's maximum context length is 8192 tokens",
        'invalid_request_error',
        'context_length_exceeded',
        'messages',
      ),
    },
    'no such model': {
      status: 404,
      body: openAiError(
        'The model `x` does not exist or you do not have access to it.',
        'invalid_request_error',
        'model_not_found',
      ),
    },
    'unknown field': {
      status: 400,
      body: openAiError(
        "Unsupported value: 'temperature' does not support 0.5 with this model.",
        'invalid_request_error',
        'unsupported_value',
        'temperature',
      ),
    },
  },
  image: {
    refused: {
      status: 400,
      body: openAiError(
        'Your request was rejected by the safety system: safety_violations=[violence]',
        'image_generation_user_error',
        'moderation_blocked',
      ),
    },
    item: (base64, url) => ({ base64: { b64_json: base64 }, address: { url } }),
  },
};

type Differences = Pick<Dialect, 'name' | 'list' | 'chatModel'> &
  Partial<Omit<Dialect, 'faults' | 'image' | 'finish'>> & {
    faults?: Partial<Dialect['faults']>;
    image?: Partial<Dialect['image']>;
    finish?: Partial<Dialect['finish']>;
  };

export const dialect = (differences: Differences): Dialect => ({
  ...standard,
  ...differences,
  faults: { ...standard.faults, ...differences.faults },
  image: { ...standard.image, ...differences.image },
  finish: { ...standard.finish, ...differences.finish },
});

/** The list of a server that says nothing but names. */
export const namesOnly = (...names: string[]) => ({
  object: 'list',
  data: names.map((id) => ({ id, object: 'model', created: 1_750_000_000, owned_by: 'test' })),
});

/** A chat answer in a dialect. */
export function answerIn(dialect: Dialect, kind: AnswerKind): Reply {
  const { finish } = dialect;
  if (kind === 'whole') return { status: 200, type: 'application/json', body: whole(dialect) };
  const piece = (delta: Json, reason: string | null = null) =>
    `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason: reason }] })}\n\n`;
  const spoken = (TEXT.match(/.{1,4}/gsu) ?? [])
    .map((part) => piece(dialect.text(part)) + dialect.filler)
    .join('');
  const think = dialect.isTagged ? dialect.text : dialect.thinking;
  const thoughts = dialect.isTagged ? inTags(THOUGHT) : THOUGHT;
  const thought = think ? (thoughts.match(/.{1,9}/gsu) ?? []).map((part) => piece(think(part))).join('') : '';
  const usage = `data: ${JSON.stringify(dialect.usage(USAGE))}\n\n`;
  const end = (reason: string | null) => piece({}, reason) + usage + dialect.ending;
  const bodies: Record<Exclude<AnswerKind, 'whole'>, string> = {
    text: spoken + end(finish.stop),
    thinking: thought + spoken + end(finish.stop),
    'only thinking': thought + end(finish.length),
    'without usage': spoken + piece({}, finish.stop) + dialect.ending,
    'length limit': spoken + end(finish.length),
    filtered: spoken + end(finish.filter),
    empty: end(finish.stop),
    'fault midway': spoken + dialect.midway(),
    'cut off': spoken,
  };
  const body = (dialect.preamble + bodies[kind]).replaceAll('\n', dialect.lineEnd);
  return { status: 200, type: 'text/event-stream', body };
}

/** The same answer of a server that does not stream. */
function whole(dialect: Dialect): string {
  const text = dialect.isTagged ? inTags(THOUGHT) + TEXT : TEXT;
  const thinking = dialect.thinking?.(THOUGHT) ?? {};
  const spoken = dialect.text(text);
  // What has thoughts among the parts of its content has them beside the text.
  const parts = [thinking['content'], spoken['content']].filter(Array.isArray).flat() as unknown[];
  const content = parts.length > 0 ? { content: parts } : {};
  const message = { role: 'assistant', ...spoken, ...withoutEmpty(thinking), ...content };
  const usage = dialect.usage(USAGE);
  const choices = [{ index: 0, message, finish_reason: dialect.finish.stop ?? 'stop' }];
  return JSON.stringify({ id: 'c', object: 'chat.completion', ...usage, choices });
}

const withoutEmpty = (fields: Json): Json =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== ''));

const inTags = (text: string) => `<think>\n${text}\n</think>\n\n`;

export const faultIn = (dialect: Dialect, kind: FaultKind): Reply => ({
  status: dialect.faults[kind].status,
  type: 'application/json',
  body: JSON.stringify(dialect.faults[kind].body),
});
