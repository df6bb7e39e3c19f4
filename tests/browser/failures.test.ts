import type { Page } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';
import words from '../../src/web/locales/en.json' with { type: 'json' };
import { expectSoundEverywhere } from './inspect.ts';
import { ask, finished, withModels } from './scenes.ts';

const early: [keyof typeof words.errors, string][] = [
  ['upstream_failed', 'err=500'],
  ['upstream_key_refused', 'err=401'],
  ['upstream_no_credit', 'err=429 code=insufficient_quota'],
  ['upstream_limited', 'err=429'],
  ['upstream_model_missing', 'err=404 code=model_not_found'],
  ['upstream_too_long', 'err=400 code=context_length_exceeded'],
  ['upstream_refused', 'err=400'],
  ['upstream_filtered', 'err=400 code=content_filter'],
  ['upstream_bad_answer', 'html'],
  ['upstream_timeout', 'hang'],
];
const midway: [keyof typeof words.errors, string][] = [
  ['upstream_cut', 'cut=3'],
  ['upstream_timeout', 'stall=3'],
  ['upstream_failed', 'errdata=3'],
];

withModels(
  'an answer that fails',
  ({ open, salon }) => {
    let page: Page;
    beforeAll(async () => {
      ({ page } = await open({ account: 'Unlucky' }));
    });
    const begin = async (text: string) => {
      await page.goto(salon().url);
      await ask(page, text);
    };

    it.each(early)('%s: says what happened, and Retry gets the answer', async (code, fault) => {
      await begin(`A question [[${fault} mends]]`);
      const answer = page.locator(finished);
      await answer.waitFor();
      expect(await answer.locator('.callout.error').innerText()).toBe(words.errors[code]);
      // The others have failed before the page is there.
      if (fault === 'hang') expect(await page.locator('#announcer').innerText()).toBe(words.errors[code]);
      expect(await page.locator('article.user .bubble').innerText()).toContain('A question');
      expect(await answer.locator('[data-copy-message]').count()).toBe(0);
      if (code === 'upstream_failed') await expectSoundEverywhere(page, code);
      await answer.getByRole('button', { name: words.chat.retry }).click();
      await answer.locator('.prose').getByText('wört4').waitFor();
      expect(await page.locator('.callout:visible').count()).toBe(0);
    });

    it.each(midway)(
      '%s midway (%s): keeps what was written, and Continue goes on from it',
      async (code, fault) => {
        await begin(`A question [[${fault} mends]]`);
        const answer = page.locator(finished);
        await answer.waitFor();
        expect(await answer.locator('.callout.error').innerText()).toBe(words.errors[code]);
        expect((await answer.locator('.prose').innerText()).trim()).toBe('wört0 wört1 wört2');
        if (code === 'upstream_cut') await expectSoundEverywhere(page, code);
        await answer.getByRole('button', { name: words.chat.continue }).click();
        await answer.locator('.prose').getByText('wört2 wört0 wört1 wört2 wört3 wört4').waitFor();
        expect(await page.locator('.callout:visible').count()).toBe(0);
      },
    );

    it('tells an end at the length limit, by a filter and without a word from a fault', async () => {
      for (const [note, fault] of [
        [words.chat.notes.length, 'finish=length'],
        [words.chat.notes.filtered, 'finish=content_filter'],
        [words.chat.notes.empty, 'n=0'],
      ]) {
        await begin(`A question [[${fault}]]`);
        await page.waitForSelector(finished);
        expect(await page.locator('.callout.info').innerText()).toBe(note);
        expect(await page.locator('.callout.error:visible').count()).toBe(0);
      }
      await expectSoundEverywhere(page, 'an empty answer');
      await page.getByRole('button', { name: words.chat.regenerate }).click();
      await page.getByText('2/2').waitFor();
    });

    it('says of a message that is too long how much is too much, beside the text, which stays', async () => {
      const { page, tolerate } = await open({ account: 'Wordy' });
      // Its draft is too long to be saved, too.
      tolerate(/413|422/);
      await ask(page, 'Hello');
      await page.waitForSelector(finished);
      await page.fill('#content', 'word '.repeat(250_000));
      await page.click('[name=send]');
      await page.locator('#composer').getByText('1,250,000 characters, 1,050,000 too many').waitFor();
      expect((await page.inputValue('#content')).length).toBe(1_250_000);
      expect(await page.locator('article').count()).toBe(2);
    });
  },
  { OPENAI_TIMEOUT: '1', OPENAI_FIRST_PIECE_TIMEOUT: '1' },
);
