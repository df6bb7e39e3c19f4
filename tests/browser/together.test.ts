import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import words from '../../src/web/locales/en.json' with { type: 'json' };
import { inBrowser, signUp } from '../support/browser.ts';
import { signIn } from '../support/browser-page.ts';
import { freePort, spawnSalon } from '../support/process.ts';
import { ask, finished, personOf, running } from './scenes.ts';

type BranchJson = { id: string; leaf_id: string; depth: number; messages: number };

const shown = (page: Page) =>
  page.locator('#messages article').evaluateAll((articles) => articles.map(({ id }) => id));
const bubble = (page: Page, text: string) => page.locator('article.user .bubble', { hasText: text });
const settled = async (page: Page) => {
  await page.waitForSelector(finished, { timeout: 60_000 });
  await expect.poll(() => page.locator(running).count(), { timeout: 60_000 }).toBe(0);
};

inBrowser('two tabs and a phone on one conversation', {}, ({ open }) => {
  it('show one consistent tree after they all wrote, stopped and edited, and the server died', async () => {
    const port = await freePort();
    const first = await spawnSalon({ env: { PORT: String(port) } });
    const left = await open();
    const phone = await open({ viewport: { width: 360, height: 740 }, hasTouch: true });
    // A server that dies is what this test is about; the browsers report each try to reach it.
    for (const { tolerate } of [left, phone]) tolerate(/./);
    const right = await left.page.context().newPage();
    await signUp(left.page, first.url, 'Everywhere');
    await signIn(phone.page, first.url, 'Everywhere');
    const pages = [left.page, right, phone.page];

    await ask(left.page, 'A word about tides');
    const address = left.page.url();
    await right.goto(address);
    await phone.page.goto(address);
    for (const page of pages) await settled(page);

    // What one tab asks, the other tab and the phone see; the phone stops it for all.
    await right.fill('#content', 'Explain everything about tides');
    await right.keyboard.press('Enter');
    await phone.page.locator(running).waitFor();
    await left.page.locator(running).waitFor();
    await phone.page.locator('[data-stop-running]').click();
    for (const page of pages) await settled(page);
    await expect.poll(() => shown(left.page)).toEqual(await shown(right));
    await expect.poll(() => shown(phone.page)).toEqual(await shown(right));

    // Another version of the first question, on the phone, beside a further question in a tab.
    await phone.page.getByRole('link', { name: words.edit.open }).first().click();
    await phone.page.locator('[data-message-form] textarea').fill('A word about the moon');
    await left.page.fill('#content', 'And the wind?');
    await Promise.all([
      phone.page.locator('[data-message-form] .primary').click(),
      left.page.keyboard.press('Enter'),
    ]);
    await bubble(phone.page, 'A word about the moon').waitFor();
    await bubble(right, 'And the wind?').waitFor();
    for (const page of pages) await settled(page);

    // The server dies in the middle of an answer.
    await left.page.fill('#content', 'Explain everything about storms');
    await left.page.keyboard.press('Enter');
    await left.page.waitForSelector('reply-feed [data-blocks] *');
    await first.kill('SIGKILL');
    const second = await spawnSalon({ env: { PORT: String(port) }, dir: first.dir });

    for (const page of pages) {
      await page.goto(address);
      await settled(page);
    }
    const ids = await shown(left.page);
    for (const page of pages) expect(await shown(page)).toEqual(ids);
    const person = await personOf(left.page, second.url);
    const path = new URL(address).pathname;
    const { body } = await person.call<{ branches: BranchJson[] }>('GET', `${path}/branches`);
    const leaves = body.branches.map(({ leaf_id: leaf }) => leaf);
    expect(leaves).toHaveLength(2);
    const asked = [];
    let toContinue = 0;
    for (const leaf of leaves) {
      for (const page of pages) await page.goto(`${address}?at=${leaf}`);
      const onBranch = await shown(left.page);
      for (const page of pages) expect(await shown(page)).toEqual(onBranch);
      asked.push(...(await left.page.locator('article.user .bubble').allInnerTexts()));
      toContinue += await phone.page.locator('form[action$="/continue"]').count();
    }
    // Nothing that was typed is lost, and nothing is there twice.
    expect(asked.sort()).toEqual([
      'A word about the moon',
      'A word about tides',
      'And the wind?',
      'Explain everything about storms',
      'Explain everything about tides',
    ]);
    // What was stopped, and what broke off.
    expect(toContinue).toBe(2);
    await second.remove();
  }, 180_000);
});
