import { expect, it } from 'vitest';
import words from '../../src/web/locales/en.json' with { type: 'json' };
import { expectSoundEverywhere } from './inspect.ts';
import { ask, askOnPlainPhone, finished, withModels } from './scenes.ts';

withModels('reading as a document', ({ open }) => {
  it('leads from the settings of a conversation to an article that can be printed', async () => {
    const { page } = await open({ account: 'Reader', viewport: { width: 1280, height: 800 } });
    await ask(page, 'Tell me about towers [[text=mixed]]');
    await page.waitForSelector(finished);
    await page.fill('#content', 'And a second question, which has\nmore than one line? [[n=3]]');
    await page.keyboard.press('Enter');
    await page.locator(finished).nth(1).waitFor();
    await page.getByRole('button', { name: words.chat.settings }).click();
    await page.getByRole('link', { name: words.document.open }).click();
    await page.waitForURL(/view=document/);
    await expectSoundEverywhere(page, 'document');
    await page.emulateMedia({ media: 'print' });
    expect(await page.getByRole('link', { name: words.branches.back }).isVisible()).toBe(false);
    expect(await page.locator('.document-contents').isVisible()).toBe(true);
    await page.emulateMedia({ media: null });
    await page.locator('.document-contents a').nth(1).click();
    expect(page.url()).toMatch(/#message-\w+$/);
    await page.getByRole('link', { name: words.branches.back }).click();
    await page.waitForSelector('#messages');
  });

  it('can be read without scripts on a phone', async () => {
    const page = await askOnPlainPhone({ open }, 'Plain reader', 'How tall is it? [[n=2]]');
    const [url = ''] = page.url().split(/[?#]/);
    await page.goto(`${url}?view=document`);
    expect(await page.getByRole('heading', { level: 2 }).allTextContents()).toEqual([
      '1. How tall is it? [[n=2]]',
    ]);
  });
});
