import axe from 'axe-core';
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
  const found = await violations(page);
  expect(found.join('\n'), `${name} has faults that axe finds`).toBe('');
}

/** What axe finds, by its rules for everything but experiments. It stays in the page until that is left. */
async function violations(page: Page): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const { axe: inPage } = window as unknown as { axe: typeof axe };
    const { violations } = await inPage.run(document, { resultTypes: ['violations'] });
    return violations.map(({ id, nodes }) => `${id} ${nodes.map(({ html }) => html).join(' ')}`);
  });
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
