import { existsSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import { z } from 'zod';

/**
 * The only reader of `process.env`. Each setting has its type, its default and, for the message of a wrong value, an
 * example; `docs/operations.md` and `.env.example` name the same settings (held together by a test).
 */
const text = z.string().trim().min(1);
/** A key goes into a header: what is pasted along with it is seen by nobody, and is told by its place. */
const key = text.superRefine((value, context) => {
  const at = Array.from(value).findIndex((character) => !/[\x21-\x7e]/.test(character));
  if (at >= 0) context.addIssue(`has a character that no key has, at place ${at + 1}`);
});
const whole = (min: number, max: number) => z.coerce.number().int().min(min).max(max);
const url = text
  .refine(isHttpUrl, 'must be an http or https URL')
  .transform((value) => value.replace(/\/+$/, ''));

/** Origins as browsers send them, separated by commas or blanks: no path, and never `*` or `null`. */
const origins = z
  .string()
  .default('')
  .transform((value) => value.split(/[\s,]+/).filter(Boolean))
  .refine((list) => list.every(isOrigin), 'must be origins without a path')
  .transform((list): ReadonlySet<string> => new Set(list.map((one) => new URL(one).origin)));

export const settings = {
  NODE_ENV: {
    shape: z.enum(['production', 'development', 'test']).default('production'),
    example: 'production',
  },
  HOST: { shape: text.default('127.0.0.1'), example: '127.0.0.1' },
  PORT: { shape: whole(0, 65_535).default(3000), example: '3000' },
  DATA_DIR: { shape: text.default('./data'), example: './data' },
  IMAGES_DIR: { shape: text.default('./public/generated'), example: './public/generated' },
  LOG_DIR: { shape: text.default('./logs'), example: './logs' },
  LOG_LEVEL: { shape: z.enum(['error', 'warn', 'info', 'debug']).default('info'), example: 'info' },
  SESSION_SECRET: {
    shape: text.min(32, 'must have at least 32 characters').optional(),
    example: 'the output of: openssl rand -base64 36',
  },
  BASE_URL: { shape: url.optional(), example: 'https://salon.example.org' },
  CORS_ORIGINS: { shape: origins, example: 'https://app.example.org' },
  TRUST_PROXY: { shape: whole(0, 10).default(0), example: '1' },
  OPENAI_API_KEY: { shape: key.optional(), example: 'sk-...' },
  OPENAI_BASE_URL: {
    shape: z.union([z.literal('demo'), url]).optional(),
    example: 'http://127.0.0.1:11434/v1',
  },
  OPENAI_IMAGE_API_KEY: { shape: key.optional(), example: 'sk-...' },
  OPENAI_IMAGE_BASE_URL: {
    shape: z.union([z.literal('demo'), url]).optional(),
    example: 'http://127.0.0.1:7860/v1',
  },
  OPENAI_API: { shape: z.enum(['auto', 'chat', 'responses']).default('auto'), example: 'auto' },
  OPENAI_CHAT_MODEL: { shape: text.default('auto'), example: 'auto' },
  OPENAI_IMAGE_MODEL: { shape: text.optional(), example: 'auto' },
  OPENAI_MODEL: { shape: text.optional(), example: 'gpt-image-1' },
  OPENAI_IMAGE_SIZE: {
    shape: z
      .string()
      .regex(/^(auto|\d{2,4}x\d{2,4})$/, 'must be auto or WIDTHxHEIGHT')
      .default('1024x1024'),
    example: '1024x1024',
  },
  OPENAI_IMAGE_QUALITY: { shape: text.default('auto'), example: 'auto' },
  OPENAI_RATE_LIMIT_RPM: { shape: whole(1, 1_000_000).default(50), example: '50' },
  OPENAI_RATE_LIMIT_TPM: { shape: whole(1, 1_000_000_000).default(40_000), example: '40000' },
  OPENAI_CHAT_RATE_LIMIT_RPM: { shape: whole(1, 1_000_000).optional(), example: '500' },
  OPENAI_CHAT_RATE_LIMIT_TPM: { shape: whole(1, 1_000_000_000).optional(), example: '200000' },
  REGISTRATION: { shape: z.enum(['open', 'key', 'closed']).default('open'), example: 'key' },
  METRICS_TOKEN: {
    shape: text.min(16, 'must have at least 16 characters').optional(),
    example: 'the output of: openssl rand -base64 24',
  },
  USER_MAX_ACTIVE: { shape: whole(1, 100_000).default(60), example: '60' },
  OPENAI_MAX_RETRIES: { shape: whole(0, 10).default(3), example: '3' },
  AUTOMATIC_TITLES: { shape: z.enum(['on', 'off']).default('on'), example: 'off' },
  OPENAI_FIRST_PIECE_TIMEOUT: {
    shape: z.coerce.number().min(0.1).max(86_400).default(600),
    example: '600',
  },
  OPENAI_TIMEOUT: { shape: z.coerce.number().min(0.1).max(3600).default(60), example: '60' },
} as const;

export type SettingName = keyof typeof settings;

/** Names reserved for running on several machines; setting one of them stops the start. */
export const reservedForSeveralMachines = ['DATABASE_URL', 'REDIS_URL'] as const;

export type Config = ReturnType<typeof readConfig>;

/** One line per mistake; each names the variable, what is wrong and an example, never the value. */
export class ConfigError extends Error {
  readonly lines: string[];
  constructor(lines: string[]) {
    super(lines.join('\n'));
    this.name = 'ConfigError';
    this.lines = lines;
  }
}

/**
 * Reads all settings once. An empty value counts as unset. `root` is the project folder that relative paths start from.
 * @throws ConfigError with every mistake at once
 */
export function readConfig(root: string, env: NodeJS.ProcessEnv = process.env) {
  const lines: string[] = [];
  const read = <N extends SettingName>(name: N): z.output<(typeof settings)[N]['shape']> => {
    const raw = env[name]?.trim();
    const parsed = settings[name].shape.safeParse(raw === '' ? undefined : raw);
    if (!parsed.success) lines.push(mistake(name, parsed.error.issues[0]?.message ?? 'is wrong'));
    // Until all mistakes are told together, a wrong setting stands at its default.
    const { data } = parsed.success ? parsed : settings[name].shape.safeParse(undefined);
    return data as z.output<(typeof settings)[N]['shape']>;
  };

  const config = {
    root,
    mode: read('NODE_ENV'),
    host: read('HOST'),
    port: read('PORT'),
    dataDir: resolve(root, read('DATA_DIR')),
    imagesDir: resolve(root, read('IMAGES_DIR')),
    logDir: resolve(root, read('LOG_DIR')),
    logLevel: read('LOG_LEVEL'),
    sessionSecret: read('SESSION_SECRET'),
    baseUrl: read('BASE_URL'),
    trustProxy: read('TRUST_PROXY'),
    corsOrigins: read('CORS_ORIGINS'),
    registration: read('REGISTRATION'),
    metricsToken: read('METRICS_TOKEN'),
    userMaxActive: read('USER_MAX_ACTIVE'),
    automaticTitles: read('AUTOMATIC_TITLES') === 'on',
    provider: {
      apiKey: read('OPENAI_API_KEY'),
      baseUrl: read('OPENAI_BASE_URL'),
      imageApiKey: read('OPENAI_IMAGE_API_KEY'),
      imageBaseUrl: read('OPENAI_IMAGE_BASE_URL'),
      api: read('OPENAI_API'),
      chatModel: read('OPENAI_CHAT_MODEL'),
      imageModel: read('OPENAI_IMAGE_MODEL') ?? read('OPENAI_MODEL') ?? 'auto',
      /** `OPENAI_MODEL` counts only when it names an image model; a chat model in it is ignored. */
      imageModelIsGuess: read('OPENAI_IMAGE_MODEL') === undefined,
      imageSize: read('OPENAI_IMAGE_SIZE'),
      imageQuality: read('OPENAI_IMAGE_QUALITY'),
      imageLimits: {
        requestsPerMinute: read('OPENAI_RATE_LIMIT_RPM'),
        tokensPerMinute: read('OPENAI_RATE_LIMIT_TPM'),
      },
      chatLimits: {
        requestsPerMinute: read('OPENAI_CHAT_RATE_LIMIT_RPM'),
        tokensPerMinute: read('OPENAI_CHAT_RATE_LIMIT_TPM'),
      },
      maxRetries: read('OPENAI_MAX_RETRIES'),
      firstPieceSeconds: read('OPENAI_FIRST_PIECE_TIMEOUT'),
      idleSeconds: read('OPENAI_TIMEOUT'),
    },
  };
  for (const name of reservedForSeveralMachines)
    if (env[name]?.trim())
      lines.push(`${name} is reserved for running on several machines and is not supported yet: remove it`);
  if (lines.length === 0 && isInside(join(root, 'public'), config.dataDir))
    lines.push('DATA_DIR must not lie inside public, where files could be served; example: DATA_DIR=./data');
  if (lines.length > 0) throw new ConfigError([...new Set(lines)]);
  return config;
}

/** Loads `.env` from the project folder when there is one; variables that are already set win. */
export function loadEnvFile(root: string): void {
  const path = join(root, '.env');
  if (existsSync(path)) process.loadEnvFile(path);
}

function mistake(name: SettingName, problem: string): string {
  return `${name} is wrong: ${problem}; example: ${name}=${settings[name].example}`;
}

function isHttpUrl(value: string): boolean {
  try {
    const parsed = new URL(value);
    return parsed.protocol === 'http:' || parsed.protocol === 'https:';
  } catch {
    return false;
  }
}

function isOrigin(value: string): boolean {
  return (
    isHttpUrl(value) && [new URL(value).origin, `${new URL(value).origin}/`].includes(value.toLowerCase())
  );
}

function isInside(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder + sep);
}
