import { expect, it } from 'vitest';
import { inBrowser, signUp } from '../support/browser.ts';
import { freePort, spawnSalon } from '../support/process.ts';

inBrowser('a browser whose server dies', {}, ({ open }) => {
  it('says that the connection is lost, comes back by itself, and offers to continue', async () => {
    const port = await freePort();
    const first = await spawnSalon({ env: { PORT: String(port) } });
    const { page, tolerate } = await open();
    // A lost connection is what this test is about; the browser reports each try, and requests go to another port.
    tolerate(/./);
    await signUp(page, first.url, 'Survivor');
    await page.fill('#content', 'Explain everything about tides');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/conversations\//);
    await page.waitForSelector('reply-feed [data-blocks] *');
    const before = await page.locator('reply-feed [data-blocks]').innerText();
    // What was shown half a second ago is stored.
    const stored = async () => {
      const answer = await page.request.get(page.url(), { headers: { accept: 'application/json' } });
      return (
        ((await answer.json()) as { messages: { content: string }[] }).messages.at(-1)?.content.length ?? 0
      );
    };
    await expect.poll(stored).toBeGreaterThan(before.length + 10);
    await first.kill('SIGKILL');
    await page.locator('[data-offline]').waitFor({ state: 'visible' });
    const second = await spawnSalon({ env: { PORT: String(port) }, dir: first.dir });
    await page.waitForSelector('article.assistant:not(.is-running)', { timeout: 30_000 });
    const after = await page.locator('article.assistant .prose').innerText();
    expect(after.startsWith(before.trim())).toBe(true);
    await page.click('form[action$="/continue"] button');
    await page.waitForSelector('article.assistant.is-running');
    await page.waitForSelector('article.assistant:not(.is-running)', { timeout: 60_000 });
    expect(await page.locator('form[action$="/continue"]').count()).toBe(0);
    await second.remove();
  }, 120_000);
});
