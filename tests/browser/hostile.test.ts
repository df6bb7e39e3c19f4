import { afterAll, beforeAll, expect, it } from 'vitest';
import { inBrowser } from '../support/browser.ts';
import { startModelServer, type ModelServer } from '../support/model-server.ts';

/** Elements that no answer may put into a page. Icons of our own buttons are no part of the answer. */
const forbidden =
  '.prose :is(script, iframe, form, base, meta, link, style, img, svg:not(.icon), object, embed, video)';

const attacks = [
  '<script>alert(1)</script><img src=x onerror=alert(2)><svg onload=alert(3)>',
  '<iframe srcdoc="<script>alert(4)</script>"></iframe><form action=http://evil.invalid><base href=//evil.invalid>',
  '[a](javascript:alert(5)) [b](JaVaScRiPt:alert(6)) [c](data:text/html,<script>alert(7)</script>) [d](vbscript:x)',
  '![secret](http://127.0.0.1:9/steal?q=canary) ![r][ref] <img src="http://127.0.0.1:9/x">\n\n[ref]: http://127.0.0.1:9/ref',
  '$\\href{javascript:alert(8)}{x}$ $$\\includegraphics{http://127.0.0.1:9/y}$$ $\\def\\a{\\a\\a}\\a$',
  '```html"onmouseover="alert(9)\n<b>code</b>\n```',
  '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(10)&gt;">',
];

let models: ModelServer;
beforeAll(async () => {
  models = await startModelServer();
  // The model repeats the question word for word, in small pieces, so that each cut of an attack is drawn once.
  models.script(({ request, response }) => {
    if (!request.path.endsWith('/chat/completions')) return false;
    const turns = request.body['messages'] as { content: string }[];
    const pieces = turns.at(-1)?.content.match(/[^]{1,7}/g) ?? [];
    const chunk = (delta: object, finish: string | null) =>
      `data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end(
      `${pieces.map((content) => chunk({ content }, null)).join('')}${chunk({}, 'stop')}data: [DONE]\n\n`,
    );
    return true;
  });
});
afterAll(() => models.close());

const env = async () => ({ OPENAI_BASE_URL: models.baseUrl, OPENAI_API_KEY: 'test-key' });

inBrowser('hostile text', env, ({ open, salon }) => {
  it.each(attacks)('stays text, in question, title, instructions and answer: %s', async (attack) => {
    const { page } = await open({ account: `H${attacks.indexOf(attack)}` });
    await page.locator('.composer-options summary').click();
    await page.fill('#system_prompt', attack);
    await page.fill('#content', attack);
    await page.click('button[name=send]');
    await page.waitForURL(/\/conversations\//);
    await page.waitForSelector('article.assistant:not(.is-running)', { timeout: 60_000 });
    for (const path of [
      new URL(page.url()).pathname,
      '/',
      '/conversations',
      '/history',
      '/chatlog/' + today() + '/0',
    ]) {
      await page.goto(salon().url + path);
      expect(await page.locator(forbidden).count()).toBe(0);
      const handlers = await page.evaluate(
        () =>
          [...document.querySelectorAll('*')]
            .flatMap((one) => one.getAttributeNames())
            .filter((name) => /^on/.test(name)).length,
      );
      expect(handlers).toBe(0);
      const links = await page
        .locator('.prose a')
        .evaluateAll((list) => list.map((link) => (link as HTMLAnchorElement).protocol));
      expect(links.filter((protocol) => !['http:', 'https:', 'mailto:'].includes(protocol))).toEqual([]);
    }
  });
});

function today(): string {
  return new Intl.DateTimeFormat('sv', { timeZone: 'Europe/Berlin' }).format(Date.now());
}
