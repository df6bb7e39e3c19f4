import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { password } from '../support/browser.ts';
import { running, withModels } from './scenes.ts';

/** Safari's order of events at the end of a conversion: the composition is over when the key that ended it is told. */
const endConversion = (page: Page, key: string) =>
  page.locator('#content').evaluate((field, name) => {
    field.dispatchEvent(new CompositionEvent('compositionend', { bubbles: true, data: '漢字' }));
    const options = { key: name, keyCode: 229, isComposing: false, bubbles: true, cancelable: true };
    field.dispatchEvent(new KeyboardEvent('keydown', options));
  }, key);

withModels('typing', ({ open, salon }) => {
  it('neither sends nor stops with the key that ends a conversion', async () => {
    const { page } = await open({ account: 'Kanji' });
    await page.fill('#content', 'A long answer [[n=2000 tps=50]]');
    await page.keyboard.press('Enter');
    await page.waitForSelector(running);
    await page.fill('#content', '漢字');
    await endConversion(page, 'Escape');
    await endConversion(page, 'Enter');
    expect(await page.inputValue('#content')).toBe('漢字');
    expect(await page.locator(running).count()).toBe(1);
    await page.keyboard.press('Escape');
    await page.waitForSelector(running, { state: 'detached' });
  });

  it('sends what met an ended session after sign-in, without scripts', async () => {
    const { page, name } = await open({ account: 'Returner', javaScriptEnabled: false });
    const text = '日本語の文章を書く。\n'.repeat(200).trim();
    await page.fill('#content', text);
    await page.context().clearCookies();
    await page.click('button[name=send]');
    await page.fill('[name=username]', name);
    await page.fill('[name=password]', password);
    await page.click('main form button[type=submit]');
    expect(await page.inputValue('textarea')).toBe(text);
    await page.click('main form button.primary');
    await page.waitForURL(`${salon().url}/conversations/*`);
    expect(await page.locator('.bubble').first().innerText()).toContain('日本語の文章を書く。');
  });

  it('says how long a message is that is too long, keeps it, and sends nothing', async () => {
    const { page } = await open({ account: 'Longwinded' });
    await page.fill('#content', 'A question [[n=1]]');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/conversations\//);
    await page.waitForSelector(running, { state: 'detached' });
    await page.fill('#content', 'x'.repeat(300_000));
    await page.keyboard.press('Enter');
    await page.locator('#composer').getByText('300,000 characters').waitFor();
    expect((await page.inputValue('#content')).length).toBe(300_000);
    expect(await page.locator('article').count()).toBe(2);
  });
});
