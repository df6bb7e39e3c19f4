import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { inBrowser } from '../support/browser.ts';
import { fillConversation } from '../support/conversation-pages.ts';
import { expectSound, views } from './inspect.ts';

type Visit = { name: string; path: string };

inBrowser('every page', { OPENAI_BASE_URL: 'demo' }, ({ open, salon }) => {
  const visits: Visit[] = [];
  let page: Page;

  beforeAll(async () => {
    ({ page } = await open({ account: 'Walker' }));
    const conversation = await ask('Explain with code, a table, a formula and a task list');
    for (const [name, path] of await fillConversation(page, salon().url, conversation))
      visits.push({ name, path });
    await page.goto(`${salon().url}/images`);
    await page.fill('#prompt', 'A city in the evening');
    await page.click('#image-form button.primary');
    const tile = page.locator('.tiles a.tile, .job-images a.tile').first();
    await tile.waitFor({ timeout: 60_000 });
    const image = (await tile.getAttribute('href')) ?? '';
    await page.goto(`${salon().url}/history`);
    const entry = (await page.locator('a.entry').last().getAttribute('href')) ?? '';
    visits.push(
      { name: 'start', path: '/' },
      { name: 'conversation', path: conversation },
      { name: 'conversations', path: '/conversations' },
      { name: 'images', path: '/images' },
      { name: 'image', path: image },
      { name: 'history', path: '/history' },
      { name: 'entry', path: entry },
      { name: 'settings', path: '/settings' },
      { name: 'own usage', path: '/settings/usage' },
      { name: 'usage of all', path: '/admin/usage' },
      { name: 'prices', path: '/admin/usage/prices' },
      { name: 'limits', path: '/admin/limits' },
      { name: 'models to choose from', path: '/models' },
      { name: 'models', path: '/admin/models' },
      { name: 'one model', path: '/admin/models/edit?model=demo' },
      { name: 'not found', path: '/nowhere' },
    );
  }, 180_000);

  async function ask(text: string): Promise<string> {
    await page.fill('#content', text);
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/conversations\//);
    await page.waitForSelector('article.assistant:not(.is-running)', { timeout: 60_000 });
    return new URL(page.url()).pathname;
  }

  describe.each(views)('$name', ({ width, colorScheme }) => {
    it('is accessible and fits, signed in', async () => {
      const storageState = await page.context().storageState();
      const { page: tab, tolerate } = await open({
        storageState,
        colorScheme,
        viewport: { width, height: 800 },
      });
      tolerate(/404/);
      for (const { name, path } of visits) {
        await tab.goto(salon().url + path);
        await expectSound(tab, name);
      }
    }, 300_000);

    it('is accessible and fits, signed out', async () => {
      const { page: tab } = await open({ colorScheme, viewport: { width, height: 800 } });
      for (const path of ['/login', '/register']) {
        await tab.goto(salon().url + path);
        await expectSound(tab, path);
      }
    }, 60_000);
  });

  it('can be used by keyboard alone: skip link, focus is visible, shortcuts', async () => {
    await page.goto(`${salon().url}/history`);
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.className)).toContain('skip-link');
    await page.keyboard.press('Enter');
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('main');
    await page.keyboard.press('Control+Shift+O');
    await page.waitForURL(`${salon().url}/`);
  });

  it('shows an error for a wrong password with the name still there, and the first field in focus order', async () => {
    const { page: tab, tolerate } = await open();
    tolerate(/401/);
    await tab.goto(`${salon().url}/login`);
    await tab.fill('[name=username]', 'Walker');
    await tab.fill('[name=password]', 'not the password');
    await tab.click('main form button[type=submit]');
    await tab.locator('.callout.error').waitFor();
    expect(await tab.inputValue('[name=username]')).toBe('Walker');
    expect(await tab.inputValue('[name=password]')).toBe('');
  });
});
