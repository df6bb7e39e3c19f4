import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';

/** How every page is looked at. */
export const views = [
  { name: 'wide and light', width: 1280, colorScheme: 'light' },
  { name: 'narrow and light', width: 360, colorScheme: 'light' },
  { name: 'narrow and dark', width: 360, colorScheme: 'dark' },
  { name: 'wide and dark', width: 1280, colorScheme: 'dark' },
] as const;

/** Fails unless the page, as it stands, has one `h1`, nothing to scroll sideways and nothing that axe finds. */
export async function expectSound(page: Page, name: string): Promise<void> {
  const scroll = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(scroll, `${name} scrolls sideways`).toBeLessThanOrEqual(0);
  expect(await page.locator('h1').count(), `${name} has one h1`).toBe(1);
  const { violations } = await new AxeBuilder({ page }).analyze();
  const found = violations.map(
    ({ id, nodes }) => `${name}: ${id} ${nodes.map(({ html }) => html).join(' ')}`,
  );
  expect(found).toEqual([]);
}

/** The same at 1280 and 360 px, light and dark, without another load: what is on the page stays. */
export async function expectSoundEverywhere(page: Page, name: string): Promise<void> {
  const before = page.viewportSize() ?? { width: 1280, height: 800 };
  for (const { width, colorScheme } of views) {
    await page.setViewportSize({ width, height: 800 });
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await expectSound(page, `${name}, ${width} px, ${colorScheme}`);
  }
  await page.setViewportSize(before);
  await page.emulateMedia({ colorScheme: null, reducedMotion: null });
}
