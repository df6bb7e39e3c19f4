import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import words from '../../src/web/locales/en.json' with { type: 'json' };
import { expectSoundEverywhere } from './inspect.ts';
import { withModels } from './scenes.ts';

withModels('images that take their time', ({ open, salon }) => {
  async function paint(page: Page, prompt: string, count = 1): Promise<void> {
    await page.goto(`${salon().url}/images`);
    await page.fill('#prompt', prompt);
    await page.fill('[name=n]', String(count));
    await page.click('#image-form button.primary');
    await page.locator('.jobs').waitFor();
  }
  const job = (page: Page) => page.locator('.job').first();

  it('keep their place over a reload, and arrive in the library', async () => {
    const { page } = await open({ account: 'Reloader' });
    await paint(page, 'A quiet bay [[ms=2500]]', 2);
    expect(await job(page).innerText()).toContain('A quiet bay');
    await page.reload();
    await page.locator('job-feed .spinner').waitFor();
    expect(await job(page).locator('.placeholder').count()).toBe(2);
    await expectSoundEverywhere(page, 'images being made');
    await page.locator('.library a.tile').nth(1).waitFor();
    expect(await page.locator('.jobs').count()).toBe(0);
    expect(await page.locator('#announcer').innerText()).toBe(words.script.images);
  });

  it('are cancelled and tried again by button, in a conversation', async () => {
    const { page } = await open({ account: 'Canceller' });
    await page.fill('#content', 'A boat [[ms=60000 mends]]');
    await page.click('[name=image]');
    await page.waitForURL(/\/conversations\//);
    await job(page).getByRole('button', { name: words.images.cancel }).click();
    await job(page).getByText(words.jobs.cancelled).waitFor();
    expect(await job(page).locator('.callout, .tile-problem').count()).toBe(0);
    await expectSoundEverywhere(page, 'a cancelled image');
    await job(page).getByRole('button', { name: words.images.retry }).click();
    await page.locator('a.tile img').waitFor();
    expect(await page.locator('article').count()).toBe(2);
  });

  it('that fail say why, once, and are tried again by button', async () => {
    const { page } = await open({ account: 'Failing' });
    // What mends does so once for each prompt, also when this is tried again.
    await paint(page, `A mill [[err=500 mends at=${Date.now()}]]`, 2);
    await job(page).getByRole('button', { name: words.images.retry }).waitFor();
    // Each image is told to have failed a moment before the job is.
    await expect.poll(() => page.locator('main').getByText(words.errors.upstream_failed).count()).toBe(1);
    await page.reload();
    expect(await page.locator('#jobs-title').innerText()).toBe(words.images.unfinished);
    await expectSoundEverywhere(page, 'a failed image');
    await job(page).getByRole('button', { name: words.images.retry }).click();
    await page.locator('.library a.tile').nth(1).waitFor();
  });

  it('that come only in part are kept, and the rest is said to be missing', async () => {
    const { page } = await open({ account: 'Half' });
    await paint(page, 'Four doors [[half]]', 4);
    await job(page).getByText(words.jobs.partial).waitFor();
    expect(await job(page).innerText()).toContain('2 of 4');
    expect(await job(page).locator('a.tile img').count()).toBe(2);
    await expectSoundEverywhere(page, 'half of the images');
  });

  it('that could not be made lead from the history back to their prompt', async () => {
    const { page } = await open({ account: 'Historian' });
    await paint(page, 'A castle [[err=400]]');
    await job(page).locator('.callout.error').waitFor();
    await page.goto(`${salon().url}/history`);
    await page.locator('a.entry').click();
    await page.getByRole('link', { name: words.history.open_image }).click();
    await expectSoundEverywhere(page, 'an image that could not be made');
    await page.getByRole('link', { name: words.images.use_again }).click();
    expect(await page.inputValue('#prompt')).toBe('A castle [[err=400]]');
  });
});
