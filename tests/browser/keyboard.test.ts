import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import words from '../../src/web/locales/en.json' with { type: 'json' };
import { expectSound } from './inspect.ts';
import { ask, finished, running, withModels } from './scenes.ts';

const { chat, app } = words;

withModels('by keyboard alone', ({ open }) => {
  /** The name of what has the focus, as it is read out. */
  const focused = (page: Page) =>
    page.evaluate(() => {
      const one = document.activeElement;
      const label =
        one instanceof HTMLElement && 'labels' in one
          ? (one.labels as NodeList | null)?.[0]?.textContent
          : '';
      return (one?.getAttribute('aria-label') || label || one?.textContent || '').trim();
    });
  async function tabTo(page: Page, name: string | RegExp, key = 'Tab'): Promise<void> {
    const passed: string[] = [];
    for (let step = 0; step < 60; step++) {
      await page.keyboard.press(key);
      passed.push(await focused(page));
      if (typeof name === 'string' ? passed.at(-1) === name : passed.at(-1)?.match(name)) return;
    }
    expect.fail(`${name} is not among ${passed.join(' | ')}`);
  }

  it('reaches and uses every action of a conversation', async () => {
    const { page } = await open({ account: 'Keys' });
    await page.keyboard.type('A question [[text=mixed piece=500]]');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/conversations\//);
    await page.waitForSelector(finished);

    await page.locator('.skip-link').focus();
    const seen: string[] = [];
    for (let step = 0; step < 60 && seen.at(-1) !== chat.send; step++) {
      await page.keyboard.press('Tab');
      const name = await focused(page);
      seen.push(name);
      const ring = await page.evaluate(() => {
        const one = document.activeElement;
        return one ? getComputedStyle(one).outlineStyle : '';
      });
      if (name !== chat.message) expect(ring, `focus on ${name} is seen`).toBe('solid');
    }
    for (const name of [
      app.new_chat,
      chat.rename,
      chat.settings,
      chat.delete,
      chat.copy,
      chat.regenerate,
      chat.about,
      chat.image,
    ])
      expect(seen).toContain(name);
    expect(seen.filter((name) => name === words.script.copy)).toHaveLength(3);

    await page.locator('h1').click();
    await page.keyboard.press('/');
    expect(await focused(page)).toBe(chat.message);
    await tabTo(page, chat.about, 'Shift+Tab');
    await page.keyboard.press('Enter');
    expect(await page.locator('.about p').isVisible()).toBe(true);
    await tabTo(page, chat.regenerate, 'Shift+Tab');
    await page.keyboard.press('Enter');
    await page.getByText('2/2').waitFor();
    await page.waitForSelector(finished);
    await tabTo(page, chat.previous_version);
    await page.keyboard.press('Enter');
    await page.getByText('1/2').waitFor();
  });

  it('renames in a panel that takes the focus, and gives it back on Escape, without stopping the answer', async () => {
    const { page } = await open({ account: 'Panels' });
    await ask(page, 'A question [[stall=2]]');
    await page.locator(running).waitFor();
    await page.locator('.prose').getByText('wört1').waitFor();
    await page.locator('[popovertarget=conversation-rename]').focus();
    await page.keyboard.press('Enter');
    expect(await focused(page)).toBe(chat.title);
    await expectSound(page, 'the panel for the title');
    await page.keyboard.press('Escape');
    expect(await focused(page)).toBe(chat.rename);
    expect(await page.locator('#conversation-rename').isVisible()).toBe(false);
    expect(await page.locator(running).count()).toBe(1);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    expect(await focused(page)).toBe(chat.model);
    await expectSound(page, 'the panel for model and instructions');
    await page.keyboard.press('Escape');
    expect(await focused(page)).toBe(chat.settings);
    await page.keyboard.press('?');
    await expectSound(page, 'the list of shortcuts');
    await page.keyboard.press('Escape');
    expect(await focused(page)).toBe(chat.settings);
    await page.keyboard.press('Escape');
    await page.waitForSelector(finished);
    await page.locator('[popovertarget=conversation-rename]').focus();
    await page.keyboard.press('Enter');
    await page.keyboard.press('Control+a');
    await page.keyboard.type('A new name');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.locator('h1').innerText()).toBe('A new name');
  });

  it('keeps the focus on the composer, or on the answer, when an answer ends', async () => {
    const { page } = await open({ account: 'Focus' });
    await ask(page, 'A question [[text=bidi pace=500]]');
    await page.locator(running).waitFor();
    // Who has just asked goes on writing, once the script is there.
    await page.locator('#content:focus').waitFor();
    await page.focus('[data-stop-running]');
    await page.waitForSelector(finished);
    expect(await focused(page)).toBe(chat.send);
    await page.fill('#content', 'Another [[text=code piece=400 hold]]');
    await page.keyboard.press('Enter');
    await page.locator(`${running} figure .copy`).focus();
    await page.keyboard.press('Escape');
    await page.locator(running).waitFor({ state: 'detached' });
    expect(await page.evaluate(() => document.activeElement?.matches('article.assistant:last-child'))).toBe(
      true,
    );
  });

  it('opens the drawer of a phone, walks it, and comes back on Escape', async () => {
    const { page } = await open({ account: 'Drawer', viewport: { width: 360, height: 740 } });
    await page.locator('h1').click();
    await tabTo(page, app.menu, 'Shift+Tab');
    await page.keyboard.press('Enter');
    await page.locator('#sidebar').waitFor();
    await expectSound(page, 'the drawer');
    await tabTo(page, /^Salon$/);
    await tabTo(page, app.sign_out);
    await page.keyboard.press('Escape');
    expect(await page.locator('#sidebar').isVisible()).toBe(false);
    expect(await focused(page)).toBe(app.menu);
    await page.keyboard.press('Enter');
    await tabTo(page, words.nav.history);
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/history/);
    const targets = await page
      .locator('a:visible, button:visible')
      .evaluateAll(
        (list) =>
          list
            .map((one) => one.getBoundingClientRect())
            .filter(({ width, height }) => Math.min(width, height) < 43.5).length,
      );
    expect(targets).toBe(0);
  });
});
