import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import words from '../../src/web/locales/en.json' with { type: 'json' };
import { ask, withPuppet } from './scenes.ts';

withPuppet('questions behind an answer that is being written', ({ open }, strings) => {
  const waiting = (page: Page) => page.locator('.is-waiting');
  const send = async (page: Page, text: string) => {
    await page.fill('#content', text);
    await page.keyboard.press('Enter');
    await waiting(page).getByText(text).waitFor();
  };

  it('wait in rows, are taken back and sent now in place, and in the other tab too', async () => {
    const { page } = await open({ account: 'Queue' });
    await ask(page, 'about bread');
    const call = await strings.next('bread');
    call.say('Bread is baked.');
    await page.getByText('Bread is baked.').waitFor();
    await send(page, 'about rye');
    await send(page, 'about spelt');
    const other = await page.context().newPage();
    await other.goto(page.url());
    expect(await waiting(other).count()).toBe(2);
    await waiting(page).first().getByRole('button', { name: words.queue.remove }).click();
    await expect.poll(() => waiting(page).count()).toBe(1);
    await expect.poll(() => waiting(other).count()).toBe(1);
    await page.reload();
    expect(await waiting(page).locator('.bubble').innerText()).toBe('about spelt');
    await waiting(page).getByRole('button', { name: words.queue.send_now }).click();
    const next = await strings.next('about spelt');
    next.say('Spelt is fine.');
    next.finish();
    for (const tab of [page, other]) {
      await tab.getByText('Spelt is fine.').waitFor();
      await expect.poll(() => waiting(tab).count()).toBe(0);
      expect(await tab.locator('.bubble').allInnerTexts()).toEqual(['about bread', 'about spelt']);
    }
  });
});
