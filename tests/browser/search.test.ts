import { expect, it } from 'vitest';
import words from '../../src/web/locales/en.json' with { type: 'json' };
import { inBrowser } from '../support/browser.ts';
import { expectSound } from './inspect.ts';
import { ask } from './scenes.ts';

inBrowser('searching', { OPENAI_BASE_URL: 'demo' }, ({ open, salon }) => {
  it('shows hits while one types, and opens the very message by keys alone', async () => {
    const { page } = await open({ account: 'Finder' });
    await ask(page, 'Where do sandpipers spend the winter?');
    await page.goto(salon().url);
    await page.keyboard.press('Control+k');
    await page.keyboard.type('sandpip');
    const options = page.getByRole('option');
    await options.first().waitFor();
    expect(await page.locator('#announcer').textContent()).toMatch(/^Hits: \d/);
    expect(await options.first().locator('mark').textContent()).toMatch(/sandpipers/i);
    await page.keyboard.press('ArrowDown');
    const chosen = await page
      .getByRole('combobox', { name: words.search.label })
      .getAttribute('aria-activedescendant');
    expect(chosen).toBe(await options.first().getAttribute('id'));
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/conversations\//);
    expect(await page.locator('main').textContent()).toContain('sandpipers');
  });

  it('closes the list with Escape, and shows all hits on a page with Enter', async () => {
    const { page } = await open({ account: 'Closer', viewport: { width: 360, height: 740 } });
    await ask(page, 'Are turnstones waders?');
    await page.keyboard.press('Control+k');
    await page.keyboard.type('turnstones');
    await page.getByRole('option').first().waitFor();
    await page.keyboard.press('Escape');
    expect(await page.getByRole('option').count()).toBe(0);
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/search\?q=turnstones/);
    await expectSound(page, 'search');
    expect(await page.locator('.search-hits mark').count()).toBeGreaterThan(0);
  });

  it('shows hits for what was typed before its program had arrived', async () => {
    const { page } = await open({ account: 'Hasty' });
    await ask(page, 'Do dunlins flock?');
    let arrive = () => {};
    const typed = new Promise<void>((resolve) => (arrive = resolve));
    await page.route(/\/assets\/(js\/)?search[^/]*\.js$/, async (route) => {
      await typed;
      await route.continue();
    });
    await page.goto(salon().url);
    await page.keyboard.press('Control+k');
    await page.keyboard.type('dunlins');
    arrive();
    await page.getByRole('option').first().waitFor();
  });

  it('finds and goes on without scripts', async () => {
    const { page } = await open({ account: 'Plain', javaScriptEnabled: false });
    await page.fill('[name=content]', 'What do godwits eat?');
    await page.click('.composer .send:not([hidden])');
    await page.waitForURL(/\/conversations\//);
    await page.fill('.search-box input', 'godwits role:user');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/search/);
    await page.click('.search-filters a');
    await page.click('.search-hits a');
    await page.waitForURL(/\/conversations\//);
  });
});
