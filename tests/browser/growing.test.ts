import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import words from '../../src/web/locales/en.json' with { type: 'json' };
import { ask, finished, withModels } from './scenes.ts';

/** What the page may move under a reader's eyes, as a sum of layout-shift scores. */
const mostShift = 0.02;

withModels('an answer that grows', ({ open }) => {
  const shift = (page: Page) => page.evaluate(() => (window as unknown as { shifted: number }).shifted);
  const watchShift = (page: Page) =>
    page.addInitScript(() => {
      const seen = window as unknown as { shifted: number };
      seen.shifted = 0;
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) seen.shifted += (entry as unknown as { value: number }).value;
      }).observe({ type: 'layout-shift', buffered: true });
    });

  it.each([1280, 360])(
    'moves nothing that is being read, with code, tables and formulas, at %i px',
    async (width) => {
      const { page } = await open({ account: `Still${width}`, viewport: { width, height: 740 } });
      await watchShift(page);
      await ask(page, 'Tell me [[text=mixed pace=4 hold]]');
      await expect.poll(() => page.locator('.prose math').count(), { timeout: 20_000 }).toBe(6);
      await page.locator('.prose blockquote').nth(2).waitFor();
      await page.locator('.prose > [data-tail] > p').getByText('twice.').waitFor();
      const height = () => page.locator('.prose').evaluate((one) => one.getBoundingClientRect().height);
      const before = await height();
      await page.keyboard.press('Escape');
      await page.waitForSelector(finished);
      expect(Math.abs((await height()) - before)).toBeLessThan(1);
      expect(await page.locator('.prose figure.code').count()).toBe(3);
      expect(await shift(page)).toBeLessThan(mostShift);
      const left = await page.evaluate(() => document.documentElement.scrollHeight - innerHeight - scrollY);
      expect(left).toBeLessThanOrEqual(2);
    },
  );

  it('does not pull down who scrolled up, and jumps to the latest on request', async () => {
    const { page } = await open({ account: 'Scroller', viewport: { width: 800, height: 500 } });
    await watchShift(page);
    await ask(page, 'Tell me [[text=mixed pace=15]]');
    await expect.poll(() => page.evaluate(() => scrollY), { timeout: 15_000 }).toBeGreaterThan(400);
    await page.mouse.move(400, 200);
    await page.mouse.wheel(0, -300);
    const height = () => page.evaluate(() => document.documentElement.scrollHeight);
    await page.locator('#jump').waitFor();
    const [place, before] = [await page.evaluate(() => scrollY), await height()];
    await expect.poll(height).toBeGreaterThan(before + 200);
    expect(await page.evaluate(() => scrollY)).toBe(place);
    await page.focus('#jump');
    await page.keyboard.press('Enter');
    expect(await page.locator('#jump').isVisible()).toBe(false);
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('main');
    await page.waitForSelector(finished, { timeout: 30_000 });
    const left = await page.evaluate(() => document.documentElement.scrollHeight - innerHeight - scrollY);
    expect(left).toBeLessThanOrEqual(2);
    expect(await shift(page)).toBeLessThan(mostShift);
  });

  it('tells a screen reader that it began and that it ended, and nothing between', async () => {
    const { page } = await open({ account: 'Listener' });
    await page.addInitScript(() => {
      const heard: string[] = [];
      Object.assign(window, { heard });
      addEventListener('DOMContentLoaded', () =>
        new MutationObserver((changes) => {
          for (const { target, addedNodes } of changes) {
            const from = target instanceof Element ? target : target.parentElement;
            const live = from?.closest('[aria-live], [role=status], [role=alert], [role=log]');
            const alerts = [...addedNodes].flatMap((node) =>
              node instanceof Element
                ? [node, ...node.querySelectorAll('*')].filter((one) =>
                    one.matches('[role=alert], [aria-live]'),
                  )
                : [],
            );
            for (const region of live ? [live] : alerts) heard.push(region.textContent);
          }
        }).observe(document.body, { subtree: true, childList: true, characterData: true }),
      );
    });
    await ask(page, 'Tell me [[text=mixed pace=15]]');
    await page.waitForSelector(finished, { timeout: 30_000 });
    const heard = await page.evaluate(() => (window as unknown as { heard: string[] }).heard);
    expect(heard).toEqual([words.script.started, words.script.finished]);
  });

  it('is drawn with one click on Send, and with a double one', async () => {
    const { page } = await open({ account: 'Clicker' });
    await page.fill('#content', 'Once [[text=bidi pace=20]]');
    await page.dblclick('[name=send]');
    await page.waitForURL(/\/conversations\//);
    expect(await page.locator('article.user').count()).toBe(1);
    await page.waitForSelector(finished);
    await page.fill('#content', 'Twice [[text=bidi pace=20]]');
    await page.dblclick('[name=send]');
    await expect.poll(() => page.locator(finished).count()).toBe(2);
    expect(await page.locator('article.user').count()).toBe(2);
    await page.reload();
    expect(await page.locator('article').count()).toBe(4);
    expect(await page.locator('.sidebar-conversations li').count()).toBe(1);
  });

  it('lets the next message go once the stream brought the one before, however late its own answer is', async () => {
    const { page } = await open({ account: 'Hurried' });
    await ask(page, 'First');
    await page.waitForSelector(finished);
    const held: (() => Promise<void>)[] = [];
    await page.route('**/messages', async (route) => {
      const response = await route.fetch();
      held.push(() => route.fulfill({ response }));
    });
    for (const [at, text] of ['Second', 'Third'].entries()) {
      await page.fill('#content', text);
      await page.keyboard.press('Enter');
      await expect.poll(() => page.locator(finished).count()).toBe(at + 2);
    }
    for (const release of held) await release();
    const asked = () => page.locator('article.user .bubble').allInnerTexts();
    expect(await asked()).toEqual(['First', 'Second', 'Third']);
    expect(await page.locator('article [aria-busy], article[aria-busy]').count()).toBe(0);
    await page.reload();
    expect(await asked()).toEqual(['First', 'Second', 'Third']);
  });

  it('stands in the direction of its writing', async () => {
    const { page } = await open({ account: 'Bidi' });
    await ask(page, 'שלום [[text=bidi pace=5]]');
    await page.waitForSelector(finished);
    const sides = await page.evaluate(() => {
      const item = document.querySelector('.prose li');
      const bubble = document.querySelector('.bubble');
      return [item, bubble, document.documentElement].map((one) => one && getComputedStyle(one).direction);
    });
    expect(sides).toEqual(['rtl', 'rtl', 'ltr']);
    const marker = await page.locator('.prose ul').evaluate((list) => getComputedStyle(list).paddingRight);
    expect(marker).not.toBe('0px');
  });
});
