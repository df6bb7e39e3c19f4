import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ConfigError, readConfig, settings } from '../../src/platform/config.ts';
import { projectRoot } from '../support/salon.ts';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'salon-config-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

/** Runs the built server until it ends; these never get as far as listening. */
function start(
  env: Record<string, string>,
): Promise<{ code: number | null; lines: string[]; output: string }> {
  const child = spawn(process.execPath, [join(projectRoot, 'dist', 'main.js')], {
    cwd: dir,
    env: {
      PATH: process.env['PATH'],
      NODE_ENV: 'test',
      PORT: '0',
      DATA_DIR: join(dir, 'data'),
      IMAGES_DIR: join(dir, 'images'),
      LOG_DIR: join(dir, 'logs'),
      OPENAI_BASE_URL: 'demo',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const parts: string[] = [];
  const errors: string[] = [];
  child.stdout.on('data', (part: Buffer) => {
    parts.push(part.toString());
    if (parts.join('').includes('is listening')) child.kill();
  });
  child.stderr.on('data', (part: Buffer) => errors.push(part.toString()));
  return new Promise((resolve) =>
    child.once('close', (code) =>
      resolve({ code, lines: errors.join('').trim().split('\n'), output: parts.join('') + errors.join('') }),
    ),
  );
}

const mistakes = (env: Record<string, string>): string[] => {
  try {
    readConfig(projectRoot, env);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.lines;
  }
};

const wrong: [keyof typeof settings, string[]][] = [
  ['NODE_ENV', ['staging', 'Production', 'test test']],
  ['PORT', ['canary', '-1', '65536', '80.5', '1 2', 'NaN', 'Infinity']],
  ['LOG_LEVEL', ['loud', 'INFO']],
  ['SESSION_SECRET', ['canary', 'x', 'canary-canary-canary-canary-123']],
  ['BASE_URL', ['canary', 'localhost:3000', 'ftp://canary', 'javascript:1', 'http://', '//canary']],
  ['TRUST_PROXY', ['true', '-1', '11', '1.5']],
  ['OPENAI_API_KEY', ['sk-can\u200bary', 'sk-\u0441anary', 'sk canary']],
  ['OPENAI_FIRST_PIECE_TIMEOUT', ['0', '-1', 'canary']],
  ['OPENAI_IMAGE_BASE_URL', ['canary', 'localhost:7860']],
  ['OPENAI_BASE_URL', ['canary', 'localhost:11434', 'file:///etc/passwd', 'https://']],
  ['OPENAI_IMAGE_SIZE', ['big', '1024', '1024*1024', '1x1', '99999x1']],
  ['OPENAI_RATE_LIMIT_RPM', ['0', '-1', 'many', '1.5']],
  ['OPENAI_RATE_LIMIT_TPM', ['0', 'canary']],
  ['OPENAI_CHAT_RATE_LIMIT_RPM', ['0', 'canary']],
  ['OPENAI_CHAT_RATE_LIMIT_TPM', ['0', 'canary']],
  ['METRICS_TOKEN', ['canary']],
  ['USER_MAX_ACTIVE', ['0', '-5', 'canary']],
  ['OPENAI_MAX_RETRIES', ['-1', '11', 'canary']],
  ['OPENAI_TIMEOUT', ['0', '-1', '999999', 'canary']],
];

it('each wrong value is one line that names the setting and an example, never the value', () => {
  for (const [name, values] of wrong)
    for (const value of values) {
      const lines = mistakes({ [name]: value });
      expect([name, value, lines.length]).toEqual([name, value, 1]);
      expect(lines[0]).toMatch(new RegExp(`^${name} is wrong: .+; example: ${name}=`));
      expect(lines[0]).not.toContain('\n');
      if (value.includes('canary')) expect(lines[0]).not.toContain('canary');
    }
});

it('says where in a key a character stands that no key has', () => {
  expect(mistakes({ OPENAI_API_KEY: 'sk-a\u200bb' })).toEqual([
    'OPENAI_API_KEY is wrong: has a character that no key has, at place 5; example: OPENAI_API_KEY=sk-...',
  ]);
});

it('names every example so that it would be accepted', () => {
  for (const [name, { example }] of Object.entries(settings))
    if (!example.startsWith('the output of'))
      expect([name, mistakes({ [name]: example })]).toEqual([name, []]);
});

it('counts empty and blank values as unset, and takes blanks around a value away', () => {
  const empty = Object.fromEntries(Object.keys(settings).map((name) => [name, '  ']));
  expect(readConfig(projectRoot, empty)).toEqual(readConfig(projectRoot, {}));
  expect(readConfig(projectRoot, { PORT: ' 3001 ', BASE_URL: ' https://a.test/ ' })).toMatchObject({
    port: 3001,
    baseUrl: 'https://a.test',
  });
});

it('without any setting it listens on this machine alone, with the limits of the contract', () => {
  expect(readConfig(projectRoot, {})).toMatchObject({
    mode: 'production',
    host: '127.0.0.1',
    port: 3000,
    trustProxy: 0,
    logLevel: 'info',
    userMaxActive: 60,
    baseUrl: undefined,
    dataDir: join(projectRoot, 'data'),
    imagesDir: join(projectRoot, 'public', 'generated'),
    logDir: join(projectRoot, 'logs'),
    provider: {
      apiKey: undefined,
      baseUrl: undefined,
      chatModel: 'auto',
      imageModel: 'auto',
      imageSize: '1024x1024',
      imageQuality: 'auto',
      maxRetries: 3,
      idleSeconds: 60,
      imageLimits: { requestsPerMinute: 50, tokensPerMinute: 40_000 },
      chatLimits: { requestsPerMinute: undefined, tokensPerMinute: undefined },
    },
  });
});

it('refuses a data folder inside public, however it is written', () => {
  for (const value of [
    './public',
    'public/data',
    './public/generated',
    'data/../public/x',
    join(projectRoot, 'public', 'x'),
    './public/',
  ])
    expect([value, mistakes({ DATA_DIR: value })]).toEqual([
      value,
      [expect.stringMatching(/^DATA_DIR must not lie inside public/)],
    ]);
  expect(mistakes({ DATA_DIR: './publicity' })).toEqual([]);
});

it('refuses the settings of several machines until they do something', () => {
  for (const name of ['DATABASE_URL', 'REDIS_URL']) {
    const [line] = mistakes({ [name]: 'postgres://user:canary@host/db' });
    expect(line).toMatch(new RegExp(`^${name} `));
    expect(line).not.toContain('canary');
  }
});

it('reads OPENAI_MODEL as the image model when no other is named', () => {
  expect(readConfig(projectRoot, { OPENAI_MODEL: 'dall-e-3' }).provider).toMatchObject({
    imageModel: 'dall-e-3',
    imageModelIsGuess: true,
  });
  expect(readConfig(projectRoot, { OPENAI_MODEL: 'a', OPENAI_IMAGE_MODEL: 'b' }).provider).toMatchObject({
    imageModel: 'b',
    imageModelIsGuess: false,
  });
});

it('the server ends at once, with a line for each mistake, and makes nothing', async () => {
  const { code, lines, output } = await start({
    PORT: 'canary',
    TRUST_PROXY: 'canary',
    SESSION_SECRET: 'canary',
  });
  expect(code).toBe(1);
  expect(lines.map((line) => /^Salon cannot start: (\w+) is wrong/.exec(line)?.[1])).toEqual([
    'PORT',
    'SESSION_SECRET',
    'TRUST_PROXY',
  ]);
  expect(output).not.toMatch(/canary|at .*main|node_modules/);
});

it('reads .env-like values with quotes and newlines without breaking its lines', async () => {
  const { code, lines } = await start({ PORT: '"3000"\nPORT=1', LOG_LEVEL: "info'" });
  expect([code, lines.length]).toEqual([1, 2]);
});

it('says in one line that the data folder cannot be used', async () => {
  const file = join(dir, 'a-file');
  await writeFile(file, '');
  const { code, lines } = await start({ DATA_DIR: join(file, 'below') });
  expect([code, lines.length]).toEqual([1, 1]);
  expect(lines[0]).toContain('DATA_DIR');
});
