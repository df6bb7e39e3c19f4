import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import words from '../../src/web/locales/en.json' with { type: 'json' };
import { giftedModel, manyModels } from '../support/many-models.ts';
import { expectSound, expectSoundEverywhere } from './inspect.ts';
import { ask, finished, withModels } from './scenes.ts';

withModels(
  'three hundred models',
  ({ open, salon }, models) => {
    const button = (page: Page) => page.locator('#composer .model-button');
    const sheet = (page: Page) => page.locator('.model-sheet:popover-open');
    const active = (page: Page) => sheet(page).locator('.model-row.is-active .model-label').innerText();
    const rows = (page: Page) => sheet(page).locator('.model-row');

    it('are found, chosen and marked by keyboard', async () => {
      const { page } = await open({ account: 'Typist' });
      await button(page).focus();
      await page.keyboard.press('Enter');
      await rows(page).first().waitFor();
      expect(await rows(page).count()).toBe(100);
      expect(await active(page)).toBe('acorn/model-0000');
      await page.keyboard.press('ArrowDown');
      expect(await active(page)).toBe('acorn/model-0005');
      await page.keyboard.press('End');
      const last = await active(page);
      await page.keyboard.press('ArrowDown');
      expect(await active(page)).toBe('acorn/model-0000');
      await page.keyboard.press('ArrowUp');
      expect(await active(page)).toBe(last);
      await page.keyboard.press('Home');
      await page.keyboard.type('0007 ced');
      await expect.poll(() => rows(page).count()).toBe(1);
      const pointed = await page.evaluate(() => {
        const id = document.activeElement?.getAttribute('aria-activedescendant') ?? '';
        return document.getElementById(id)?.textContent ?? '';
      });
      expect(pointed).toContain('cedar/model-0007');
      expect(pointed).toContain('sees images · thinks · 1M context');

      await page.keyboard.press('Tab');
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      const star = page.locator('.model-star:focus');
      await expect.poll(() => star.getAttribute('aria-pressed')).toBe('true');
      await page.keyboard.press('Escape');
      expect(await sheet(page).count()).toBe(0);
      expect(await page.evaluate(() => document.activeElement?.id)).toBe('model');

      await page.keyboard.press('Enter');
      await rows(page).first().waitFor();
      expect(await sheet(page).locator('.model-title').first().innerText()).toBe(words.picker.favourites);
      await page.keyboard.press('Home');
      await page.keyboard.press('Enter');
      expect(await button(page).innerText()).toBe(giftedModel);
      expect(await page.evaluate(() => document.activeElement?.id)).toBe('model');
      await ask(page, 'Hello [[n=1]]');
      await page.waitForSelector(finished);
      expect(models().calls().at(-1)?.body['model']).toBe(giftedModel);
      expect(await button(page).innerText()).toBe(giftedModel);
    });

    it('are asked how long to think only where they can be told', async () => {
      const { page } = await open({ account: 'Thinker' });
      await page.click('.composer-options summary');
      const effort = page.locator('#effort');
      expect(await effort.isVisible()).toBe(false);
      const choose = async (name: string) => {
        await button(page).click();
        await rows(page).first().waitFor();
        await page.keyboard.type(name);
        await page.keyboard.press('Enter');
      };
      await choose(giftedModel);
      await effort.waitFor();
      await choose('acorn/model-0005');
      await effort.waitFor({ state: 'hidden' });
      await choose(giftedModel);
      await effort.selectOption('thorough');
      await ask(page, 'Hello [[n=1]]');
      await page.waitForSelector(finished);
      expect(models().calls().at(-1)?.body['reasoning_effort']).toBe('high');
      await page.click('[popovertarget=conversation-settings]');
      await page.selectOption('#conversation-effort', 'fast');
      await page.click('#conversation-settings button[type=submit]');
      await page.click('[popovertarget=conversation-settings]');
      expect(await page.inputValue('#conversation-effort')).toBe('fast');
    });

    it('say it when nothing matches, and when the list cannot be loaded', async () => {
      const { page, tolerate } = await open({ account: 'Unlucky' });
      tolerate(/Failed to load|net::ERR/);
      await page.route('**/models', (route) => route.abort());
      await button(page).click();
      await sheet(page).getByText(words.picker.failed).waitFor();
      await page.unroute('**/models');
      await page.keyboard.press('Escape');
      await button(page).click();
      await rows(page).first().waitFor();
      await page.keyboard.type('nothing like this');
      await sheet(page).getByText(words.picker.none_found).waitFor();
      await page.keyboard.press('Enter');
      expect(await sheet(page).isVisible()).toBe(true);
    });

    it('are accessible and fit, in the composer and in the settings of a conversation', async () => {
      const { page } = await open({ account: 'Looker' });
      for (const width of [1280, 360])
        for (const colorScheme of ['light', 'dark'] as const) {
          await page.setViewportSize({ width, height: 740 });
          await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
          await button(page).click();
          await rows(page).first().waitFor();
          await expectSound(page, `the list at ${width} px, ${colorScheme}`);
          const box = await sheet(page).boundingBox();
          expect(
            box && box.x >= 0 && box.y >= 0 && box.x + box.width <= width && box.y + box.height <= 740,
          ).toBe(true);
          await page.keyboard.press('Escape');
        }
      await page.setViewportSize({ width: 1280, height: 740 });
      await ask(page, 'Hello [[n=1]]');
      await page.waitForSelector(finished);
      await page.click('[popovertarget=conversation-settings]');
      await page.locator('#conversation-model').click();
      await rows(page).first().waitFor();
      await expectSound(page, 'the list within the settings');
      await page.keyboard.type('0299');
      await page.keyboard.press('Enter');
      await page.click('#conversation-settings button[type=submit]');
      await expect.poll(() => button(page).innerText()).toBe('elm/model-0299');
    });

    it('are chosen without scripts from the short list or from a page of all', async () => {
      const { page } = await open({ account: 'Plain', javaScriptEnabled: false });
      expect(await page.locator('#model option').count()).toBe(60);
      await page.click('.all-models');
      await page.fill('#q', '0299');
      await page.click('form[role=search] button');
      await page.click('.model-star');
      expect(await page.locator('.model-star').getAttribute('aria-pressed')).toBe('true');
      await page.click('a[href^="/?model="]');
      expect(await page.locator('#model').inputValue()).toBe('elm/model-0299');
      await page.fill('#content', 'Hello [[n=1]]');
      await page.click('button[name=send]');
      await page.waitForURL(/\/conversations\//);
      await page.locator(finished).waitFor();
      expect(models().calls().at(-1)?.body['model']).toBe('elm/model-0299');
    });

    it('are a page of their own that is accessible and fits', async () => {
      const { page } = await open({ account: 'Reader' });
      await page.goto(`${salon().url}/models`);
      await expectSoundEverywhere(page, 'the page of models');
    });
  },
  {},
  manyModels(300),
);
