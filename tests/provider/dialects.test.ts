import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import words from '../../src/web/locales/en.json' with { type: 'json' };
import {
  answerIn,
  answerKinds,
  faultIn,
  faultKinds,
  imageKinds,
  TEXT,
  THOUGHT,
  type AnswerKind,
  type Dialect,
  type FaultKind,
  type ImageKind,
  type Reply,
} from '../support/dialects/dialect.ts';
import { dialects } from '../support/dialects/dialects.ts';
import { sampleImage } from '../support/model-server-images.ts';
import { startModelServer, type ModelServer } from '../support/model-server.ts';
import { projectRoot } from '../support/salon.ts';
import { ask, cleanUpAfterEach, openProvider, paint } from './setup.ts';

type Outcome = keyof typeof words.errors | 'complete' | 'learned';

/** How each kind of answer ends, whoever gives it. */
const answers: Record<AnswerKind, Outcome> = {
  text: 'complete',
  thinking: 'complete',
  'only thinking': 'complete',
  whole: 'complete',
  'without usage': 'complete',
  'length limit': 'complete',
  filtered: 'complete',
  empty: 'complete',
  'fault midway': 'upstream_failed',
  'cut off': 'upstream_cut',
};
const images: Record<ImageKind, Outcome> = {
  base64: 'complete',
  address: 'complete',
  refused: 'upstream_filtered',
};
const faults: Record<FaultKind, Outcome> = {
  'wrong key': 'upstream_key_refused',
  'no credit': 'upstream_no_credit',
  'too often': 'upstream_limited',
  'too long': 'upstream_too_long',
  'no such model': 'upstream_model_missing',
  'unknown field': 'learned',
};

const cleanUp = cleanUpAfterEach();
const seen = new Map<string, Map<string, string>>();
const note = (dialect: Dialect, kind: string, text: string) =>
  seen.set(dialect.name, (seen.get(dialect.name) ?? new Map<string, string>()).set(kind, text));
let server: ModelServer;
let say: (path: string, body: Record<string, unknown>) => Reply | undefined = () => undefined;

beforeAll(async () => {
  server = await startModelServer();
  server.script(({ request, response }) => {
    const reply = say(request.path, request.body);
    if (!reply) return false;
    response.writeHead(reply.status, { 'content-type': reply.type }).end(reply.body);
    return true;
  });
});
afterAll(() => server.close());

function openFor(dialect: Dialect) {
  server.setModels(dialect.list);
  server.requests.length = 0;
  const env = {
    OPENAI_BASE_URL: server.baseUrl,
    OPENAI_API_KEY: 'sk-test-1234567890',
    OPENAI_MAX_RETRIES: '0',
  };
  return openProvider(env, cleanUp).provider;
}

const json = (status: number, body: unknown): Reply => ({
  status,
  type: 'application/json',
  body: JSON.stringify(body),
});

describe.each(dialects.map((dialect) => [dialect.name, dialect] as const))('%s', (_name, dialect) => {
  it('lists its models', async () => {
    say = () => undefined;
    const list = await openFor(dialect).refreshModels();
    expect(list.defaultChat).toBe(dialect.chatModel === '' ? undefined : dialect.chatModel);
    expect(list.defaultImage).toBe(dialect.imageModel);
    const model = list.models.find(({ name }) => name === dialect.chatModel);
    expect(model?.contextTokens).toBe(dialect.contextTokens);
  });

  it.each(dialect.chatModel === '' ? [] : answerKinds)('answers: %s', async (kind) => {
    say = (path) => (path.endsWith('/chat/completions') ? answerIn(dialect, kind) : undefined);
    const asked = await ask(openFor(dialect), 'Hello');
    expect(asked.code ?? 'complete').toBe(answers[kind]);
    const hasText = !['only thinking', 'empty'].includes(kind);
    expect(asked.text).toBe(hasText ? TEXT : '');
    const thinks = dialect.thinking !== undefined || dialect.isTagged;
    const hasThought = thinks && ['thinking', 'only thinking', 'whole'].includes(kind);
    expect(asked.thought.trim()).toBe(hasThought ? THOUGHT : '');
    expect(server.calls()).toHaveLength(1);
    if (kind === 'length limit' || kind === 'filtered') {
      const { length, filter } = dialect.finish;
      expect(asked.outcome?.finishReason).toBe(kind === 'filtered' ? filter : length);
    }
    if (asked.outcome) {
      const isReported = kind !== 'without usage' && dialect.reportsUsage;
      expect(asked.outcome.usage).toMatchObject(
        isReported ? { promptTokens: 11, completionTokens: 7, estimated: false } : { estimated: true },
      );
    }
    note(dialect, kind, answers[kind]);
  });

  it.each(dialect.chatModel === '' ? [] : faultKinds)('refuses: %s', async (kind) => {
    say = (path, body) =>
      path.endsWith('/chat/completions') && (kind !== 'unknown field' || body['temperature'] !== undefined)
        ? faultIn(dialect, kind)
        : path.endsWith('/chat/completions')
          ? answerIn(dialect, 'text')
          : undefined;
    const asked = await ask(openFor(dialect), 'Hello', { temperature: 0.5 });
    const outcome = kind === 'unknown field' && asked.text === TEXT ? 'learned' : (asked.code ?? 'complete');
    const expected = dialect.faults[kind].told ?? faults[kind];
    expect(outcome).toBe(expected);
    expect(server.calls()).toHaveLength(kind === 'unknown field' ? 2 : 1);
    note(dialect, kind, expected);
  });

  it.each(dialect.imageModel === undefined ? [] : imageKinds)('paints: %s', async (kind) => {
    const base64 = sampleImage().toString('base64');
    say = (path) => {
      if (!path.endsWith('/images/generations')) return undefined;
      if (kind === 'refused') return json(dialect.image.refused.status, dialect.image.refused.body);
      return json(200, {
        created: 1,
        data: [dialect.image.item(base64, `${server.url}/files/ok.png`)[kind]],
      });
    };
    const painted = await paint(openFor(dialect), 'A fox');
    expect(painted.code ?? 'complete').toBe(images[kind]);
    expect(painted.images).toHaveLength(kind === 'refused' ? 0 : 1);
    expect(server.calls()).toHaveLength(1);
    note(dialect, kind, images[kind]);
  });
});

it('is told in docs/model-servers.md as it was seen', () => {
  const path = join(projectRoot, 'docs', 'model-servers.md');
  const page = readFileSync(path, 'utf8');
  const [head = ''] = page.split('<!-- made by tests/provider/dialects.test.ts -->');
  const made = `${head}<!-- made by tests/provider/dialects.test.ts -->\n\n${matrix()}`;
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(path, made);
  expect(made).toBe(page);
});

const signs: Record<string, string> = {
  complete: 'yes',
  learned: 'learns',
  upstream_cut: 'kept, cut',
  upstream_failed: 'failed',
};

function matrix(): string {
  const tables = [
    { title: 'Answers', kinds: answerKinds },
    { title: 'Refusals', kinds: faultKinds },
    { title: 'Images', kinds: imageKinds },
  ];
  return tables
    .map(({ title, kinds }) => {
      const rows = dialects.map(({ name }) => [
        name,
        ...kinds.map((kind) => {
          const outcome = seen.get(name)?.get(kind);
          return outcome === undefined
            ? '–'
            : (signs[outcome] ?? outcome.replace('upstream_', '').replaceAll('_', ' '));
        }),
      ]);
      return `### ${title}\n\n${table([['server', ...kinds], ...rows])}\n`;
    })
    .join('\n');
}

/** As prettier writes a table. */
function table(rows: string[][]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0), 3),
  );
  const line = (cells: string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const [head = [], ...body] = rows;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n');
}
