import type { Page } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import { inBrowser, type Stage } from '../support/browser.ts';
import { personAt, type Person } from '../support/chat.ts';
import { startModelServer, type Exchange, type ModelServer } from '../support/model-server.ts';
import { pullStrings, type Strings } from '../support/puppet.ts';

export const running = 'article.assistant.is-running';
export const finished = 'article.assistant:not(.is-running)';

/** What the scripted model says for `[[text=NAME pace=10 piece=12]]`: pieces of 12 characters, 10 ms apart; `hold` never ends. */
export const texts: Record<string, string> = {
  unbroken: 'x'.repeat(50_000),
  long: Array.from(
    { length: 1100 },
    (_, at) =>
      `Paragraph ${at} of a long answer, with **words** enough for it to be a line and a half of text.\n\n`,
  ).join(''),
  table: `|${columns((at) => `Column ${at}`)}\n|${columns(() => '---')}\n${`|${columns((at) => `value ${at * 1000}`)}\n`.repeat(6)}`,
  code: `A line of code:\n\n\`\`\`js\nconst line = '${'long '.repeat(400)}';\nconst short = 1;\n\`\`\`\n\nThe end.\n`,
  mixed: mixed(),
  bidi: 'שלום **עולם**, זה טקסט מימין לשמאל.\n\n- פריט ראשון\n- פריט שני\n\n`code` באמצע שורה.\n',
};

export type Models = () => ModelServer;

/**
 * Tests in a browser whose Salon asks the scripted model server. Beside its own words that server knows the texts
 * above, and `mends`: what the prompt says happens once, and is well the second time. `list`: its answer to `GET /models`.
 */
export function withModels(
  name: string,
  body: (stage: Stage, models: Models) => void,
  env: Record<string, string> = {},
  list?: unknown,
): void {
  let models: ModelServer;
  beforeAll(async () => {
    models = await startModelServer({ models: list });
    const broken = new Set<string>();
    models.script((exchange) => {
      const words = JSON.stringify([...exchange.directives]);
      if (exchange.directives.has('mends') && broken.has(words)) exchange.directives.clear();
      broken.add(words);
      return say(exchange);
    });
  });
  afterAll(() => models.close());
  const settings = async () => ({
    OPENAI_BASE_URL: models.baseUrl,
    OPENAI_API_KEY: 'test-key',
    OPENAI_MAX_RETRIES: '0',
    ...env,
  });
  inBrowser(name, settings, (stage) => body(stage, () => models));
}

/** Tests in a browser whose Salon asks a model server that says only what the test makes it say. */
export function withPuppet(
  name: string,
  body: (stage: Stage, strings: Pick<Strings, 'next'>) => void,
  options?: Parameters<typeof inBrowser>[3],
): void {
  let models: ModelServer;
  let strings: Strings;
  beforeAll(async () => {
    models = await startModelServer();
    strings = pullStrings(models);
  });
  afterAll(() => models.close());
  const settings = async () => ({ OPENAI_BASE_URL: models.baseUrl, OPENAI_API_KEY: 'test-key' });
  inBrowser(name, settings, (stage) => body(stage, { next: (word) => strings.next(word) }), options);
}

/** Opens a phone without scripts, and asks there. @returns its page, which shows the conversation */
export async function askOnPlainPhone(
  { open }: Pick<Stage, 'open'>,
  account: string,
  question: string,
): Promise<Page> {
  const viewport = { width: 360, height: 740 };
  const { page } = await open({ account, javaScriptEnabled: false, viewport });
  await page.fill('[name=content]', question);
  await page.click('.composer button[name=send]');
  await page.waitForURL(/\/conversations\//);
  return page;
}

/** Says the text that the prompt names; leaves every other prompt to its directives. */
function say({ request, response, directives }: Exchange): boolean {
  const text = texts[directives.get('text') ?? ''];
  if (text === undefined || !request.path.endsWith('/chat/completions')) return false;
  const pace = Number(directives.get('pace') ?? 0);
  const pieces = text.match(new RegExp(`[^]{1,${directives.get('piece') ?? 12}}`, 'gu')) ?? [];
  const chunk = (delta: object, finish: string | null = null) =>
    response.write(`data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`);
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const step = (at: number): void => {
    const piece = pieces[at];
    if (response.destroyed) return;
    if (piece === undefined && directives.has('hold')) return;
    if (piece === undefined) {
      chunk({}, 'stop');
      return void response.end('data: [DONE]\n\n');
    }
    chunk({ content: piece });
    if (pace > 0) setTimeout(() => step(at + 1), pace);
    else step(at + 1);
  };
  step(0);
  return true;
}

/** The same person as a tab, by JSON. */
export async function personOf(page: Page, url: string): Promise<Person> {
  const [cookie] = await page.context().cookies(url);
  return personAt(url, `${cookie?.name}=${cookie?.value}`);
}

/** Writes into the composer, sends, and waits for the page of the conversation. */
export async function ask(page: Page, text: string): Promise<void> {
  await page.fill('#content', text);
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/conversations\//);
}

function columns(cell: (at: number) => string): string {
  return Array.from({ length: 30 }, (_, at) => `${cell(at)}|`).join('');
}

function mixed(): string {
  const words = 'Some ordinary words that fill a line of the page, so that it wraps at least once or twice. ';
  const code =
    '```ts\nfunction shine(angle: number): string {\n  return `beam at ${angle}`;\n}\n\nshine(90);\n```\n\n';
  const table = '| Name | Height |\n| --- | ---: |\n| Pharos | 100 m |\n| Bell Rock | 35 m |\n\n';
  const math = '$$\n\\int_0^1 x\\,dx = \\frac{1}{2}\n$$\n\n';
  const list = '1. first\n2. second with $a^2 + b^2$\n   - inner\n\n> A quote.\n\n';
  return `## Heading\n\n${words}\n\n${code}${words}\n\n${table}${math}${list}${words}\n\n`.repeat(3);
}
