import { expect, it } from 'vitest';
import { inBrowser, password, signUp } from '../support/browser.ts';

const finished = 'article.assistant:not(.is-running)';

inBrowser('a person in Chromium', { OPENAI_BASE_URL: 'demo' }, ({ open, salon }) => {
  it('registers, asks, and sees a formatted answer grow', async () => {
    const { page } = await open({ account: 'Grow' });
    await page.fill('#content', 'Explain with a table and a list');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/conversations\//);
    await page.waitForSelector('reply-feed [data-tail] *, reply-feed [data-blocks] *');
    expect(await page.locator('article.is-running').count()).toBe(1);
    await page.waitForSelector(finished, { timeout: 60_000 });
    expect(await page.locator(`${finished} .prose :is(p, ul, table)`).count()).toBeGreaterThan(1);
    expect(await page.locator('#announcer').textContent()).toBe('Answer finished');
  });

  it('loads the chat page in at most 8 requests and 60 kB, 20 kB of them script', async () => {
    const { page } = await open({ account: 'Light' });
    const sizes: { type: string; bytes: number }[] = [];
    const session = await page.context().newCDPSession(page);
    const types = new Map<string, string>();
    await session.send('Network.enable');
    await session.send('Network.clearBrowserCache');
    session.on('Network.requestWillBeSent', ({ requestId, type }) => types.set(requestId, type ?? ''));
    session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) =>
      sizes.push({ type: types.get(requestId) ?? '', bytes: encodedDataLength }),
    );
    await page.goto(`${salon().url}/`, { waitUntil: 'networkidle' });
    const sum = (list: typeof sizes) => list.reduce((total, { bytes }) => total + bytes, 0);
    expect(sizes.length).toBeGreaterThan(2);
    expect(sizes.length).toBeLessThanOrEqual(8);
    expect(sum(sizes)).toBeLessThan(60_000);
    expect(sum(sizes.filter(({ type }) => type === 'Script'))).toBeLessThan(20_000);
  });

  it('goes on with an answer after a reload, and shows it on a second device', async () => {
    const { page } = await open({ account: 'Reload' });
    await page.fill('#content', 'Explain how bread is baked, at length');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/conversations\//);
    await page.waitForSelector('reply-feed [data-blocks] *');
    await page.reload();
    const second = await open();
    await second.page.goto(`${salon().url}/login`);
    await second.page.fill('[name=username]', 'Reload');
    await second.page.fill('[name=password]', password);
    await second.page.click('main form button[type=submit]');
    await second.page.waitForURL(`${salon().url}/`);
    await second.page.goto(page.url());
    await page.waitForSelector(finished, { timeout: 60_000 });
    await second.page.waitForSelector(finished, { timeout: 60_000 });
    const shown = await page.locator(`${finished} .prose`).innerHTML();
    expect(await second.page.locator(`${finished} .prose`).innerHTML()).toBe(shown);
    await page.reload();
    expect(await page.locator(`${finished} .prose`).innerHTML()).toBe(shown);
  });

  it('shows in a second tab what was said in the first, and the other way round', async () => {
    const { page } = await open({ account: 'Tabs' });
    await page.fill('#content', 'Hello');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/conversations\//);
    await page.waitForSelector(finished, { timeout: 60_000 });
    const other = await page.context().newPage();
    await other.goto(page.url());
    for (const [from, to, count] of [
      [page, other, 2],
      [other, page, 3],
    ] as const) {
      await from.fill('#content', `Hello for the ${count}. time`);
      await from.click('[name=send]');
      await to
        .locator(finished)
        .nth(count - 1)
        .waitFor({ timeout: 60_000 });
      expect(await to.locator('article.user').count()).toBe(count);
      expect(await to.locator('article.user').last().innerText()).toContain(`for the ${count}. time`);
      expect(await from.locator('article').count()).toBe(2 * count);
    }
  });

  it('finishes an answer whose tab was closed', async () => {
    const { page } = await open({ account: 'Closed' });
    await page.fill('#content', 'Plan a day by the sea');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/conversations\//);
    const address = page.url();
    const other = await page.context().newPage();
    await page.close();
    await other.goto(address);
    await other.waitForSelector(finished, { timeout: 60_000 });
    expect(await other.locator(`${finished} .prose`).innerText()).toContain('demo');
  });

  it('stops an answer with Escape and keeps its text', async () => {
    const { page } = await open({ account: 'Stopper' });
    await page.fill('#content', 'Explain something very long');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/conversations\//);
    await page.waitForSelector('reply-feed [data-tail] *, reply-feed [data-blocks] *');
    await page.keyboard.press('Escape');
    await page.waitForSelector(finished);
    expect(await page.locator(`${finished} .ended`).innerText()).toContain('stopped');
    expect((await page.locator(`${finished} .prose`).innerText()).length).toBeGreaterThan(0);
    expect(await page.locator('[name=send]').isVisible()).toBe(true);
  });

  it('breaks a line with Shift+Enter, and lets a person type while an answer runs', async () => {
    const { page } = await open({ account: 'Typist' });
    await page.fill('#content', 'one');
    await page.keyboard.press('Shift+Enter');
    await page.keyboard.type('two');
    expect(await page.inputValue('#content')).toBe('one\ntwo');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/conversations\//);
    await page.fill('#content', 'the next thought');
    await page.waitForSelector(finished, { timeout: 60_000 });
    expect(await page.inputValue('#content')).toBe('the next thought');
  });

  it('copies code', async () => {
    const { page } = await open({ account: 'Copyist', permissions: ['clipboard-read', 'clipboard-write'] });
    await page.fill('#content', 'Write a program in Python');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/conversations\//);
    await page.waitForSelector(finished, { timeout: 60_000 });
    const figure = page.locator('figure.code').first();
    await figure.locator('button').click();
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    expect(copied.trim()).toBe((await figure.locator('code').innerText()).trim());
    expect(await figure.locator('code [class^=hljs]').count()).toBeGreaterThan(0);
  });

  it('keeps the text of a message that meets an expired session, and brings it back after signing in', async () => {
    const { page, name, tolerate } = await open({ account: 'Expired' });
    tolerate(/401/);
    await page.fill('#content', 'First words');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/conversations\//);
    const address = page.url();
    await page.waitForSelector(finished, { timeout: 60_000 });
    await page.context().clearCookies();
    await page.fill('#content', 'Do not lose me');
    await page.keyboard.press('Enter');
    const signInAgain = page.locator('.composer-error a');
    await signInAgain.waitFor();
    expect(await page.inputValue('#content')).toBe('Do not lose me');
    await signInAgain.click();
    await page.waitForURL(/\/login/);
    await page.fill('[name=username]', name);
    await page.fill('[name=password]', password);
    await page.click('main form button[type=submit]');
    await page.waitForURL(address);
    expect(await page.inputValue('#content')).toBe('Do not lose me');
  });

  it('speaks German to a German browser and keeps a chosen language', async () => {
    const { page } = await open({ locale: 'de-DE' });
    await signUp(page, salon().url, 'Deutsch');
    expect(await page.locator('html').getAttribute('lang')).toBe('de');
    expect(await page.locator('#content').getAttribute('placeholder')).toContain('Frage');
    await page.goto(`${salon().url}/settings`);
    await page.selectOption('[name=language]', 'en');
    await page.check('[name=theme][value=dark]');
    await page.click('form[action="/settings"] button[type=submit]');
    await page.waitForURL(/saved=/);
    expect(await page.locator('html').getAttribute('lang')).toBe('en');
    expect(await page.locator('html').getAttribute('data-theme')).toBe('dark');
    expect(await page.inputValue('[name=time_zone]')).toBe('Europe/Berlin');
  });
});
