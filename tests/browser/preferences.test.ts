import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { inBrowser } from '../support/browser.ts';
import { expectSound } from './inspect.ts';
import { ask, finished, running } from './scenes.ts';

inBrowser('a person with settings of their own', { OPENAI_BASE_URL: 'demo' }, ({ open, salon }) => {
  const visit = async (page: Page, look: (name: string) => Promise<void>) => {
    for (const path of ['/', '/conversations', '/images', '/history', '/settings']) {
      await page.goto(salon().url + path);
      await look(path);
    }
  };

  it('zooms to 200 % and loses nothing', async () => {
    const { page } = await open({
      account: 'Zoom',
      viewport: { width: 640, height: 400 },
      deviceScaleFactor: 2,
    });
    await ask(page, 'Explain with code and a table');
    await page.waitForSelector(finished, { timeout: 60_000 });
    await expectSound(page, 'a conversation at 200 %');
    for (const name of ['#content', '[name=send]', '[popovertarget=conversation-rename]', '.menu-button']) {
      const box = await page.locator(name).first().boundingBox();
      expect(
        box && box.x >= 0 && box.x + box.width <= 640 && box.y >= 0 && box.y + box.height <= 400,
        name,
      ).toBe(true);
    }
    await visit(page, (path) => expectSound(page, `${path} at 200 %`));
  }, 90_000);

  it('wants no motion and gets none', async () => {
    const { page } = await open({ account: 'Calm', reducedMotion: 'reduce' });
    const moving = () =>
      page.evaluate(() => document.getAnimations().filter(({ playState }) => playState === 'running').length);
    await ask(page, 'Explain how tides work');
    await page.locator(running).waitFor();
    expect(await moving()).toBe(0);
    await page.goto(`${salon().url}/images`);
    await page.fill('#prompt', 'A green hill');
    await page.click('#image-form button.primary');
    await page.locator('job-feed, .library .tile').first().waitFor();
    expect(await moving()).toBe(0);
  });

  it('has colours of their own, and still sees every control and what has the focus', async () => {
    const { page } = await open({ account: 'Forced', forcedColors: 'active' });
    await ask(page, 'Explain with code and a table');
    await page.waitForSelector(finished, { timeout: 60_000 });
    const edges = (names: string) =>
      page.locator(names).evaluateAll((list) =>
        list
          .filter((one) => one.checkVisibility())
          .filter((one) => {
            const { borderTopStyle, borderTopWidth } = getComputedStyle(one);
            return borderTopStyle === 'none' || borderTopWidth === '0px';
          })
          .map((one) => one.outerHTML.slice(0, 80)),
      );
    expect(await edges('button:not(.about *), .bubble, .composer-box, figure.code')).toEqual([]);
    await page.locator('[name=image]').focus();
    await page.keyboard.press('Tab');
    expect(
      await page.evaluate(
        () => document.activeElement && getComputedStyle(document.activeElement).outlineStyle,
      ),
    ).toBe('solid');
    await visit(page, (path) => expectSound(page, `${path} in forced colours`));
  }, 90_000);
});
