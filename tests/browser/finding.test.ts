import { expect, it } from 'vitest';
import words from '../../src/web/locales/en.json' with { type: 'json' };
import { expectSoundEverywhere } from './inspect.ts';
import { ask, askOnPlainPhone, finished, withModels } from './scenes.ts';

withModels('finding in a conversation', ({ open }) => {
  it('leads by keys from the conversation to a message, and marks the word there', async () => {
    const { page } = await open({ account: 'Seeker', viewport: { width: 1280, height: 800 } });
    await ask(page, 'Tell me about towers [[text=mixed]]');
    await page.waitForSelector(finished);
    await page.locator('#main').focus();
    await page.keyboard.press('f');
    await page.keyboard.type('ordinary');
    await page.keyboard.press('Enter');
    await page.waitForURL(/[?&]in=ordinary/);
    await page.locator('.find-hits mark').first().waitFor();
    const marked = () => page.evaluate(() => CSS.highlights.get('found')?.size ?? 0);
    expect(await marked()).toBe(9);
    await expectSoundEverywhere(page, 'finding');
    await page.locator('.find-hits a').first().click();
    await page.waitForURL(/at=\w+&in=ordinary#message-/);
    expect(await marked()).toBe(9);
    await page.getByRole('link', { name: words.find.clear }).click();
    await page.waitForURL(/\?at=\w+#outline$/);
    expect(await marked()).toBe(0);
  });

  it('opens the box from the keyboard also where the list is folded, and leaves typed letters alone', async () => {
    const { page } = await open({ account: 'Narrow', viewport: { width: 900, height: 700 } });
    await ask(page, 'Is it dark? [[n=2]]');
    await page.waitForSelector(finished);
    await page.fill('#content', '');
    await page.locator('#content').pressSequentially('if');
    expect(await page.locator('#content').inputValue()).toBe('if');
    await page.locator('#main').focus();
    await page.keyboard.press('f');
    expect(await page.locator('#find-words').isVisible()).toBe(true);
    await page.keyboard.type('bright');
    await page.keyboard.press('Enter');
    await page.getByText('Nothing found for “bright”').waitFor();
  });

  it('shows what is found above the messages on a phone, without scripts', async () => {
    const page = await askOnPlainPhone({ open }, 'Plain seeker', 'How tall is the tower? [[n=2]]');
    await page.getByRole('button', { name: words.outline.open }).click();
    await page.fill('#find-words', 'tower');
    await page.keyboard.press('Enter');
    await page.waitForURL(/in=tower/);
    expect(await page.locator('.find-hits mark').first().isVisible()).toBe(true);
    await page.locator('.find-hits a').first().click();
    await page.waitForURL(/#message-/);
  });
});
