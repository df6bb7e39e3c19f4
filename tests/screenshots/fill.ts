import type { Page } from 'playwright-core';
import { signUp } from '../support/browser-page.ts';

export const finishedAnswer = 'article.assistant:not(.is-running)';

const prompts = [
  'A lighthouse by the sea at sunset',
  'A red house in a green forest',
  'Mountains under the moon',
];
const questions = ['Compare tea and coffee in a table', 'Write a function that counts words'];

/** Signs Ana up and gives her images and conversations. @returns the paths of a conversation and of an image */
export async function fillAccount(page: Page, url: string): Promise<{ conversation: string; image: string }> {
  await signUp(page, url, 'Ana');
  for (const prompt of prompts) {
    await page.goto(`${url}/images`);
    await page.fill('#prompt', prompt);
    await page.click('#image-form button.primary');
    await page.waitForSelector('.job-images img, .tiles img');
    await page.waitForFunction(() => !document.querySelector('job-feed .spinner'), null, { timeout: 30_000 });
  }
  await page.goto(`${url}/images`);
  const image = (await page.locator('.tiles a.tile').first().getAttribute('href')) ?? '';
  for (const question of questions) {
    await page.goto(`${url}/`);
    await page.fill('#content', question);
    await page.keyboard.press('Enter');
    await page.waitForSelector(finishedAnswer, { timeout: 60_000 });
  }
  return { conversation: new URL(page.url()).pathname, image };
}

/** Puts an image and a conversation of the signed-in person into the trash. */
export async function fillTrash(page: Page, url: string): Promise<void> {
  for (const list of ['/images', '/conversations']) {
    const answer = await page.request.get(url + list, { headers: { accept: 'application/json' } });
    const listed = (await answer.json()) as Record<'images' | 'conversations', { id: string }[] | undefined>;
    const last = (listed.images ?? listed.conversations ?? []).at(-1);
    if (last) await page.request.delete(`${url}${list}/${last.id}`, { headers: { origin: url } });
  }
}

/** What an administration is full of after a while. @returns the path of the page of a person */
export async function fillAdministration(page: Page, url: string, visitors: Page[]): Promise<string> {
  for (const [index, visitor] of visitors.entries())
    await signUp(visitor, url, ['Ben', 'Chloë', 'Dmitri'][index] ?? 'Eve');
  await page.goto(`${url}/settings/keys`);
  await page.fill('main [name=name]', 'Home automation');
  await page.locator('main form:has([name=name]) button[type=submit]').first().click();
  await page
    .getByText(/salon_[\w-]{20,}/)
    .first()
    .waitFor();
  await page.goto(`${url}/admin/keys`);
  await page
    .locator('main form[action*=generate], main form:has([name=max_uses])')
    .first()
    .locator('button')
    .last()
    .click();
  await page.goto(`${url}/admin/backup`);
  await page.locator('main form[action="/admin/backup"] button').first().click();
  await page.goto(`${url}/admin/people`);
  return (await page.locator('main a[href^="/admin/people/"]').last().getAttribute('href')) ?? '';
}
