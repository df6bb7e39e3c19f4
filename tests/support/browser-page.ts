import type { Page } from 'playwright-core';

export const password = 'correct horse battery';

/** Registers through the page, with or without scripts. */
export async function signUp(page: Page, url: string, account: string): Promise<void> {
  await page.goto(`${url}/register`);
  await page.fill('[name=username]', account);
  await page.fill('[name=password]', password);
  await page.fill('[name=password_confirmation]', password);
  await page.click('main form button[type=submit]');
  await page.waitForURL(`${url}/`);
}

/** Signs in to an account that `signUp` made. */
export async function signIn(page: Page, url: string, account: string): Promise<void> {
  await page.goto(`${url}/login`);
  await page.fill('[name=username]', account);
  await page.fill('[name=password]', password);
  await page.click('main form button[type=submit]');
  await page.waitForURL(`${url}/`);
}
