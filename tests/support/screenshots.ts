import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium, type BrowserContextOptions, type Page } from 'playwright-core';
import { signUp } from './browser-page.ts';
import { spawnSalon } from './process.ts';
import { projectRoot } from './salon.ts';

/** Takes the pictures of `docs/screenshots` with the demo model: `npm run screenshots`, then look at them. */
const folder = join(projectRoot, 'docs', 'screenshots');
const sizes = [
  { width: 1280, height: 800 },
  { width: 360, height: 740 },
];
const schemes = ['light', 'dark'] as const;
const finished = 'article.assistant:not(.is-running)';

await mkdir(folder, { recursive: true });
const salon = await spawnSalon();
const browser = await chromium.launch({
  executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
  ],
});

async function open(options: BrowserContextOptions): Promise<Page> {
  const context = await browser.newContext({ locale: 'en-US', timezoneId: 'Europe/Berlin', ...options });
  return context.newPage();
}

async function fill(page: Page): Promise<string[]> {
  await signUp(page, salon.url, 'Ana');
  await page.goto(`${salon.url}/images`);
  for (const prompt of [
    'A lighthouse by the sea at sunset',
    'A red house in a green forest',
    'Mountains under the moon',
  ]) {
    await page.fill('#prompt', prompt);
    await page.click('#image-form button.primary');
    await page.waitForSelector('.job-images img, .tiles img');
    await page.waitForFunction(() => !document.querySelector('job-feed .spinner'), null, { timeout: 30_000 });
    await page.goto(`${salon.url}/images`);
  }
  const picture = (await page.locator('.tiles a.tile').first().getAttribute('href')) ?? '';
  for (const question of ['Compare tea and coffee in a table', 'Write a function that counts words']) {
    await page.goto(`${salon.url}/`);
    await page.fill('#content', question);
    await page.keyboard.press('Enter');
    await page.waitForSelector(finished, { timeout: 60_000 });
  }
  return [new URL(page.url()).pathname, picture];
}

/** What an administration is full of after a while. @returns the page of a person */
async function administer(page: Page): Promise<string> {
  for (const name of ['Ben', 'Chloë', 'Dmitri']) {
    const visitor = await open({});
    await signUp(visitor, salon.url, name);
    await visitor.context().close();
  }
  await page.goto(`${salon.url}/settings/keys`);
  await page.fill('main [name=name]', 'Home automation');
  await page.locator('main form:has([name=name]) button[type=submit]').first().click();
  await page
    .getByText(/salon_[\w-]{20,}/)
    .first()
    .waitFor();
  await page.goto(`${salon.url}/admin/keys`);
  await page
    .locator('main form[action*=generate], main form:has([name=max_uses])')
    .first()
    .locator('button')
    .last()
    .click();
  await page.goto(`${salon.url}/admin/backup`);
  await page.locator('main form[action="/admin/backup"] button').first().click();
  await page.goto(`${salon.url}/admin/people`);
  return (await page.locator('main a[href^="/admin/people/"]').last().getAttribute('href')) ?? '';
}

const first = await open({ viewport: { width: 1280, height: 800 } });
const [conversation = '', picture = ''] = await fill(first);
const person = await administer(first);
const storageState = await first.context().storageState();
const places: [string, string, boolean][] = [
  ['login', '/login', false],
  ['register', '/register', false],
  ['start', '/', true],
  ['chat', conversation, true],
  ['conversations', '/conversations', true],
  ['images', '/images', true],
  ['picture', picture, true],
  ['history', '/history', true],
  ['settings', '/settings', true],
  ['settings-keys', '/settings/keys', true],
  ['settings-usage', '/settings/usage', true],
  ['settings-delete', '/settings/delete', true],
  ['admin', '/admin', true],
  ['admin-people', '/admin/people', true],
  ['admin-person', person, true],
  ['admin-keys', '/admin/keys', true],
  ['admin-usage', '/admin/usage', true],
  ['admin-prices', '/admin/usage/prices', true],
  ['admin-limits', '/admin/limits', true],
  ['admin-audit', '/admin/audit', true],
  ['admin-backup', '/admin/backup', true],
];

for (const viewport of sizes)
  for (const colorScheme of schemes)
    for (const [name, path, isSignedIn] of places) {
      const page = await open({ viewport, colorScheme, ...(isSignedIn ? { storageState } : {}) });
      await page.goto(salon.url + path, { waitUntil: 'networkidle' });
      // By a wheel the page would be pictured while it still rolls.
      await page.evaluate(() => scrollTo({ top: 0, behavior: 'instant' }));
      await page.evaluate(
        () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 100))),
      );
      await page.screenshot({ path: join(folder, `${name}-${viewport.width}-${colorScheme}.png`) });
      await page.context().close();
    }

for (const viewport of sizes) {
  const page = await open({ viewport, storageState, javaScriptEnabled: false });
  await page.goto(salon.url);
  await page.fill('#content', 'Explain how bread is baked');
  await page.click('button[name=send]');
  await page.locator('.prose p').first().waitFor();
  await page.screenshot({ path: join(folder, `no-scripts-running-${viewport.width}.png`) });
  await page.locator(finished).waitFor({ timeout: 60_000 });
  await page.screenshot({ path: join(folder, `no-scripts-done-${viewport.width}.png`) });
  await page.context().close();
}

await browser.close();
await salon.remove();
