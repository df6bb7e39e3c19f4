import { expect, it } from 'vitest';
import { inBrowser } from '../support/browser.ts';

const field = '#content';
const line = '[data-draft-line]:not([hidden])';

inBrowser('a draft', { OPENAI_BASE_URL: 'demo' }, ({ open, salon }) => {
  it('is back after a reload, a walk through other pages, and on another device', async () => {
    const { page, name } = await open({ account: 'Drafter' });
    await page.fill(field, 'half a thought');
    await page.waitForSelector(line);
    await page.reload();
    expect(await page.inputValue(field)).toBe('half a thought');
    await page.goto(`${salon().url}/history`);
    expect(await page.locator('.drafts-link').first().innerText()).toContain('(1)');
    const phone = await open({ account: name, viewport: { width: 360, height: 720 } });
    expect(await phone.page.inputValue(field)).toBe('half a thought');
  });

  it('is saved when one leaves before the pause is over', async () => {
    const { page } = await open({ account: 'Leaver' });
    await page.fill(field, 'typed in haste');
    await page.goto(`${salon().url}/drafts`);
    await page.goto(`${salon().url}/drafts`);
    expect(await page.locator('.draft-row').innerText()).toContain('typed in haste');
  });

  it('goes with its message, in a new chat and in a conversation', async () => {
    const { page } = await open({ account: 'Sender' });
    await page.fill(field, 'Explain how tea is made');
    await page.waitForSelector(line);
    await page.click('button[name=send]');
    await page.waitForURL(/\/conversations\//);
    await page.fill(field, 'And coffee?');
    await page.waitForSelector(line);
    await page.locator('reply-feed').waitFor({ state: 'detached', timeout: 60_000 });
    await page.click('button[name=send]');
    await page.locator('article.user', { hasText: 'And coffee?' }).waitFor();
    await page.waitForFunction(() => document.querySelector('[data-draft-line]')?.hasAttribute('hidden'));
    await page.goto(`${salon().url}/drafts`);
    expect(await page.locator('.draft-row').count()).toBe(0);
  });

  it('asks which text to keep when another device saved one meanwhile, and loses neither', async () => {
    const { page, name, tolerate } = await open({ account: 'Twice' });
    tolerate(/409/);
    const phone = (await open({ account: name })).page;
    await phone.fill(field, 'from the phone');
    await phone.waitForSelector(line);
    await page.fill(field, 'from the desk');
    await page.waitForSelector('.draft-other blockquote');
    expect(await page.locator('.draft-other blockquote').innerText()).toBe('from the phone');
    expect(await page.inputValue(field)).toBe('from the desk');
    await page.click('.draft-choice [value=use]');
    expect(await page.inputValue(field)).toBe('from the phone');
    expect(await page.locator('.draft-other blockquote').innerText()).toBe('from the desk');
    await page.click('.draft-choice [value=use]');
    await page.click('.draft-choice [value=discard]');
    await page.waitForSelector(line);
    await phone.reload();
    expect(await phone.inputValue(field)).toBe('from the desk');
  });

  it('stays in the tab while the server cannot be reached', async () => {
    const { page, tolerate } = await open({ account: 'Offline' });
    tolerate(/ERR_INTERNET_DISCONNECTED|ERR_FAILED/);
    await page.route('**/draft', (route) => route.abort());
    const failed = page.waitForEvent('requestfailed', (request) => request.url().endsWith('/draft'));
    await page.fill(field, 'nobody heard this');
    await failed;
    await page.unroute('**/draft');
    await page.reload();
    expect(await page.inputValue(field)).toBe('nobody heard this');
    await page.waitForSelector(line);
  });

  it('is saved by a button without scripts', async () => {
    const { page } = await open({ account: 'Plain', javaScriptEnabled: false });
    await page.fill(field, 'by hand');
    await page.click('button[formaction="/draft"]');
    expect(await page.inputValue(field)).toBe('by hand');
    expect(await page.locator(line).innerText()).toMatch(/^Draft saved/);
    await page.locator('.drafts-link a').first().click();
    await page.locator('.draft-row form button').click();
    await page.getByText('The draft was discarded.').waitFor();
  });
});
