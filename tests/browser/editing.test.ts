import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import words from '../../src/web/locales/en.json' with { type: 'json' };
import { expectSoundEverywhere } from './inspect.ts';
import { ask, finished, withPuppet } from './scenes.ts';

withPuppet('a question in other words', ({ open }, strings) => {
  const answered = async (page: Page, question: string) => {
    const call = await strings.next(question);
    call.say(`About ${question}.`);
    call.finish();
    await page.waitForSelector(finished);
    await expect.poll(() => page.locator(finished).last().innerText()).toContain(`About ${question}.`);
  };
  const edit = (page: Page) => page.getByRole('link', { name: words.edit.open }).first();
  const field = (page: Page) => page.locator('article [data-message-form] textarea');

  it('is written anew in its place, by keyboard, and can be left as it was', async () => {
    const { page } = await open({ account: 'Editor' });
    await ask(page, 'first words');
    await answered(page, 'first words');
    await edit(page).focus();
    await page.keyboard.press('Enter');
    expect(await field(page).inputValue()).toBe('first words');
    expect(await field(page).evaluate((node) => node === document.activeElement)).toBe(true);
    await expectSoundEverywhere(page, 'an open form');
    await page.keyboard.press('Escape');
    expect(await field(page).count()).toBe(0);
    expect(await edit(page).evaluate((node) => node === document.activeElement)).toBe(true);
    await edit(page).click();
    await field(page).fill('second words');
    await page.locator('[data-message-form] .primary').click();
    await answered(page, 'second words');
    expect(await page.locator('.bubble').allInnerTexts()).toEqual(['second words']);
    await page.getByRole('link', { name: words.chat.previous_version }).click();
    await expect.poll(() => page.locator('.bubble').allInnerTexts()).toEqual(['first words']);
  });

  it('is edited without scripts', async () => {
    const { page } = await open({ account: 'Plain editor', javaScriptEnabled: false });
    await page.fill('#content', 'plain words');
    await page.click('[name=send]');
    await answered(page, 'plain words');
    await edit(page).click();
    expect(await field(page).inputValue()).toBe('plain words');
    await page.getByRole('link', { name: words.edit.cancel }).click();
    await edit(page).click();
    await field(page).fill('plainer words');
    await page.locator('[data-message-form] .primary').click();
    await answered(page, 'plainer words');
    expect(await page.locator('.branch-count').first().innerText()).toContain('2/2');
  });

  const say = async (page: Page, text: string) => {
    await page.fill('#content', text);
    await page.click('[name=send]');
    const call = await strings.next(text);
    call.say(`About ${text}.`);
    call.finish();
    await page.getByText(`About ${text}.`).waitFor();
  };
  const questions = (page: Page) => page.locator('.bubble').allInnerTexts();

  it('asks from the end that a tab shows, however old it is: a branch, and nothing is lost', async () => {
    const { page } = await open({ account: 'Two tabs' });
    await ask(page, 'the beginning');
    const call = await strings.next('the beginning');
    call.finish();
    await page.waitForSelector(finished);
    // Without scripts a tab hears of nothing.
    const state = await page.context().storageState();
    const { page: stale } = await open({ javaScriptEnabled: false, storageState: state });
    await stale.goto(page.url());
    await say(page, 'from the first tab');
    await stale.fill('#content', 'from the stale tab');
    await stale.click('[name=send]');
    (await strings.next('from the stale tab')).finish();
    await stale.waitForURL(/#message-/);
    await expect.poll(() => questions(stale)).toEqual(['the beginning', 'from the stale tab']);
    expect(await stale.locator('.branch-count').innerText()).toContain('2/2');
    // The other tab stays where it is, and learns that there are two.
    await expect.poll(() => page.locator('.branch-count').allInnerTexts()).toHaveLength(1);
    expect(await questions(page)).toEqual(['the beginning', 'from the first tab']);
    await say(page, 'and on');
    expect(await questions(page)).toEqual(['the beginning', 'from the first tab', 'and on']);
    await page.reload();
    expect(await questions(page)).toEqual(['the beginning', 'from the first tab', 'and on']);
  });
});
