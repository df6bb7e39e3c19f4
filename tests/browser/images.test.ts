import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { inBrowser } from '../support/browser.ts';

inBrowser('images in Chromium', { OPENAI_BASE_URL: 'demo' }, ({ open, salon }) => {
  it('makes an image in a conversation and downloads it', async () => {
    const { page } = await open({ account: 'Painter' });
    await page.fill('#content', 'A lighthouse by the sea');
    await page.click('button[name=image]');
    await page.waitForURL(/\/conversations\//);
    const tile = page.locator('a.tile img');
    await tile.waitFor({ timeout: 30_000 });
    await page.waitForFunction(() => document.querySelector<HTMLImageElement>('a.tile img')?.naturalWidth);
    await page.locator('a.tile').click();
    await page.waitForURL(/\/images\//);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.click('a[href*="download=1"]'),
    ]);
    expect(download.suggestedFilename()).toMatch(/^generated_image_\d{8}_\d{6}_[a-z0-9]{8}\.png$/);
    const image = sharp(await readFile(await download.path()));
    expect(await image.metadata()).toMatchObject({ format: 'png', width: 1024, height: 1024 });
  });

  it('makes several images in the studio and shows each as it comes', async () => {
    const { page } = await open({ account: 'Studio' });
    await page.goto(`${salon().url}/images`);
    await page.fill('#prompt', 'A red flower');
    await page.fill('[name=n]', '3');
    await page.click('#image-form button.primary');
    await page.waitForSelector('job-feed');
    await page.waitForFunction(() => document.querySelectorAll('a.tile img').length >= 3, null, {
      timeout: 60_000,
    });
    await page.reload();
    expect(await page.locator('.tiles a.tile img').count()).toBe(3);
  });

  it('undoes the deletion of an image from the notice', async () => {
    const { page } = await open({ account: 'Undoer' });
    await page.goto(`${salon().url}/images`);
    await page.fill('#prompt', 'A blue mountain');
    await page.click('#image-form button.primary');
    await page.locator('a.tile').first().waitFor({ timeout: 30_000 });
    await page.locator('a.tile').first().click();
    await page.waitForURL(/\/images\//);
    await page.click('form[action$="/delete"] button');
    await page.waitForURL(/deleted=/);
    expect(await page.locator('.tiles a.tile').count()).toBe(0);
    await page.click('form[action$="/restore"] button');
    await page.waitForURL(`${salon().url}/images`);
    expect(await page.locator('.tiles a.tile').count()).toBe(1);
  });
});
