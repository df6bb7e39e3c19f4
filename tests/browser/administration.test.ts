import { describe, expect, it, beforeAll } from 'vitest';
import type { Page } from 'playwright-core';
import { inBrowser } from '../support/browser.ts';
import { expectSound, views } from './inspect.ts';

/** A name that no line can hold whole. */
const longName = 'Wilhelmina-von-und-zu-Donaudampfschifffahrtsgesellschaft-Kapitän';

inBrowser('the pages of an administrator', { OPENAI_BASE_URL: 'demo' }, ({ open, salon }) => {
  let page: Page;
  const paths = [
    ...['/admin', '/admin/people', '/admin/keys', '/admin/usage', '/admin/usage/prices', '/admin/limits'],
    ...[
      '/admin/audit',
      '/admin/backup',
      '/settings',
      '/settings/keys',
      '/settings/usage',
      '/settings/delete',
    ],
  ];

  beforeAll(async () => {
    ({ page } = await open({ account: 'Keeper' }));
    await open({ account: longName });
    await page.fill('#content', 'Hello');
    await page.keyboard.press('Enter');
    await page.waitForSelector('article.assistant:not(.is-running)', { timeout: 60_000 });
    await page.goto(`${salon().url}/admin/people`);
    const person = page.locator('main a[href^="/admin/people/"]').first();
    paths.push((await person.getAttribute('href')) ?? '');
    // One key of each kind, so that no list is empty.
    await page.goto(`${salon().url}/settings/keys`);
    await page.fill('main [name=name]', 'A program of mine');
    await page.locator('main form:has([name=name]) button[type=submit]').first().click();
    await page
      .getByText(/salon_[\w-]{20,}/)
      .first()
      .waitFor();
    await expectSound(page, 'a new API key');
  }, 120_000);

  describe.each(views)('$name', ({ width, colorScheme }) => {
    it('are accessible and fit', async () => {
      const storageState = await page.context().storageState();
      const { page: tab } = await open({
        storageState,
        colorScheme,
        viewport: { width, height: 800 },
      });
      for (const path of paths) {
        const answer = await tab.goto(salon().url + path);
        expect([path, answer?.status()]).toEqual([path, 200]);
        await expectSound(tab, path);
      }
    }, 120_000);
  });

  it('speak German to who wants German, without a word left out', async () => {
    const storageState = await page.context().storageState();
    const { page: tab } = await open({ storageState, locale: 'de-DE' });
    for (const path of paths) {
      await tab.goto(salon().url + path);
      expect(await tab.locator('html').getAttribute('lang'), path).toBe('de');
      expect(await tab.locator('main').innerText(), path).not.toMatch(/\b[a-z]+\.[a-z_]+\.[a-z_]+\b/);
    }
  });

  it('are for administrators: others see neither the entry nor the pages', async () => {
    const { page: tab, tolerate } = await open({ account: 'Guest' });
    tolerate(/403/);
    await tab.goto(`${salon().url}/`);
    expect(await tab.locator('a[href="/admin"]').count()).toBe(0);
    expect(await page.locator('a[href="/admin"]').count()).toBe(1);
    for (const path of paths.filter((one) => one.startsWith('/admin'))) {
      const answer = await tab.goto(salon().url + path);
      expect([path, answer?.status()]).toEqual([path, 403]);
    }
  });
});
