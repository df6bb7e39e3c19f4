import { chromium } from 'playwright-core';
import { expect, it } from 'vitest';
import words from '../../src/web/locales/en.json' with { type: 'json' };
import { inBrowser, password, signUp } from '../support/browser.ts';
import { ask, finished } from './scenes.ts';

inBrowser('back, and a second tab', { OPENAI_BASE_URL: 'demo' }, ({ open, salon }) => {
  it('sends nothing twice when a person goes back, forward and reloads after sending', async () => {
    const { page } = await open({ account: 'Returner' });
    await ask(page, 'Only once, please');
    const address = page.url();
    await page.waitForSelector(finished, { timeout: 60_000 });
    await page.goBack();
    await page.waitForURL(`${salon().url}/`);
    await page.goForward();
    await page.waitForURL(address);
    await page.reload();
    expect(await page.locator('article.user').count()).toBe(1);
    await page.goto(`${salon().url}/conversations`);
    expect(await page.locator('.rows .row').count()).toBe(1);
  });

  it('keeps what two tabs write at the same moment as two versions, of which none is lost', async () => {
    const { page } = await open({ account: 'Twin' });
    await ask(page, 'From the first tab');
    const second = await page.context().newPage();
    await second.goto(page.url());
    await page.waitForSelector(finished, { timeout: 60_000 });
    await second.waitForSelector(finished, { timeout: 60_000 });
    await second.fill('#content', 'From the second tab');
    await page.fill('#content', 'And from the first again');
    // Neither is sent before both are on their way: each goes on from the end that its tab shows.
    let meet = () => {};
    const both = new Promise<void>((resolve) => (meet = resolve));
    let count = 0;
    await page.context().route('**/messages', async (route) => {
      count += 1;
      if (count === 2) meet();
      await both;
      await route.continue();
    });
    const send = () => document.querySelector<HTMLFormElement>('#composer')?.requestSubmit();
    await Promise.all([second.evaluate(send), page.evaluate(send)]);
    for (const tab of [page, second])
      await expect.poll(() => tab.locator(finished).count(), { timeout: 60_000 }).toBe(2);
    const bubbles = (tab: typeof page) => tab.locator('article.user .bubble').allInnerTexts();
    expect(await bubbles(page)).toEqual(['From the first tab', 'And from the first again']);
    expect(await bubbles(second)).toEqual(['From the first tab', 'From the second tab']);
    // Both are the same conversation, at the version that came last; the other one is beside it.
    await page.reload();
    await second.reload();
    const shown = await bubbles(page);
    expect(await bubbles(second)).toEqual(shown);
    await page.getByRole('link', { name: words.chat.previous_version }).click();
    await expect.poll(() => bubbles(page)).not.toEqual(shown);
    expect([...shown, ...(await bubbles(page))].sort()).toEqual([
      'And from the first again',
      'From the first tab',
      'From the first tab',
      'From the second tab',
    ]);
  }, 90_000);

  it('leaves nothing to read for who goes back after signing out', async () => {
    const { page } = await open({ account: 'Shared' });
    await ask(page, 'My secret is pineapple');
    await page.waitForSelector(finished, { timeout: 60_000 });
    await page.goto(`${salon().url}/settings`);
    await page.click('main form[action="/logout"] button');
    await page.waitForURL(/\/login/);
    for (let step = 0; step < 3; step++) {
      await page.goBack();
      await page.waitForURL(/\/login/);
      expect((await page.content()).includes('pineapple'), page.url()).toBe(false);
    }
  }, 60_000);
});

// The driver switches the back-forward cache off by itself; people have it on.
inBrowser('with the back-forward cache', {}, ({ salon }) => {
  it('leaves nothing to read for who goes back after signing out, and reads on before', async () => {
    const browser = await chromium.launch({
      executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
      ignoreDefaultArgs: ['--disable-back-forward-cache'],
    });
    try {
      const page = await browser.newPage();
      await signUp(page, salon().url, 'Cached');
      await ask(page, 'My secret is pineapple');
      await page.waitForSelector(finished, { timeout: 60_000 });
      await page.goto(`${salon().url}/settings`);
      await page.click('main form[action="/logout"] button');
      await page.waitForURL(/\/login/);
      for (let step = 0; step < 3; step++) {
        const leaving = () => page.evaluate(() => 'isLeft' in window).catch(() => true);
        await page.evaluate(() => {
          Object.assign(window, { isLeft: true });
          history.back();
        });
        await expect.poll(leaving).toBe(false);
        const shown = () => page.evaluate(() => document.body.className).catch(() => 'leaving');
        await expect.poll(shown, { timeout: 10_000, message: page.url() }).toBe('signed-out');
      }
      await page.goto(`${salon().url}/login`);
      await page.fill('[name=username]', 'Cached');
      await page.fill('[name=password]', password);
      await page.click('main form button[type=submit]');
      await page.getByRole('heading', { name: words.chat.greeting.replace('{{name}}', 'Cached') }).waitFor();
    } finally {
      await browser.close();
    }
  }, 60_000);
});
