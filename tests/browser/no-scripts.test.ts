import { expect, it } from 'vitest';
import { inBrowser } from '../support/browser.ts';

inBrowser('with scripts switched off', { OPENAI_BASE_URL: 'demo' }, ({ open, salon }) => {
  it('reads, sends, sees the answer arrive, and writes the next message', async () => {
    const { page } = await open({ javaScriptEnabled: false, account: 'Plain' });
    await page.fill('#content', 'Explain how tea is made');
    await page.click('button[name=send]');
    await page.waitForURL(/\/conversations\//);
    expect(await page.locator('#composer').isVisible()).toBe(false);
    expect(await page.locator('noscript meta[http-equiv=refresh]').count()).toBe(1);
    // The page asks for itself again until the answer is there.
    await page.locator('article.assistant:not(.is-running) .prose p').first().waitFor({ timeout: 60_000 });
    expect(await page.locator('meta[http-equiv=refresh]').count()).toBe(0);
    await page.fill('#content', 'And coffee?');
    await page.click('button[name=send]');
    await page.locator('article.is-running').waitFor();
    await page.click('a[href*="write=1"]');
    await page.fill('#content', 'typed while it runs');
    expect(await page.locator('meta[http-equiv=refresh]').count()).toBe(0);
  });

  it('stops an answer', async () => {
    const { page } = await open({ javaScriptEnabled: false, account: 'Halt' });
    await page.fill('#content', 'Explain a great many things');
    await page.click('button[name=send]');
    await page.locator('form[action$="/stop"] button').click();
    await page.locator('.ended').waitFor();
    expect(await page.locator('article.is-running').count()).toBe(0);
  });

  it('makes and downloads an image', async () => {
    const { page } = await open({ javaScriptEnabled: false, account: 'Brush' });
    await page.goto(`${salon().url}/images`);
    await page.fill('#prompt', 'A green forest');
    await page.click('#image-form button.primary');
    await page.locator('.tiles a.tile').first().click({ timeout: 60_000 });
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.click('a[href*="download=1"]'),
    ]);
    expect(download.suggestedFilename()).toMatch(/\.png$/);
  });

  it('looks back, opens an entry, renames and deletes a conversation, and signs out', async () => {
    const { page } = await open({ javaScriptEnabled: false, account: 'Looker' });
    await page.fill('#content', 'A question to find again');
    await page.click('button[name=send]');
    await page.locator('article.assistant:not(.is-running)').waitFor({ timeout: 60_000 });
    const conversation = page.url();
    await page.goto(`${salon().url}/history`);
    await page.click('a.entry');
    expect(page.url()).toMatch(/\/chatlog\/\d{4}-\d{2}-\d{2}\/0$/);
    expect(await page.locator('.bubble').innerText()).toBe('A question to find again');
    await page.goto(conversation);
    await page.click('[popovertarget=conversation-rename]');
    await page.fill('#conversation-rename [name=title]', 'A better name');
    await page.click('#conversation-rename button[type=submit]');
    expect(await page.locator('h1').innerText()).toBe('A better name');
    await page.click('form[action$="/delete"] button');
    await page.waitForURL(/deleted=/);
    await page.click('form[action$="/restore"] button');
    expect(await page.locator('h1').innerText()).toBe('A better name');
    await page.goto(`${salon().url}/settings`);
    await page.click('main form[action="/logout"] button');
    await page.waitForURL(/\/login/);
    await page.goto(conversation);
    expect(page.url()).toContain('/login?next=');
  });
});
