import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium, type BrowserContextOptions, type Page } from 'playwright-core';
import { fillConversation } from '../support/conversation-pages.ts';
import { spawnSalon } from '../support/process.ts';
import { projectRoot } from '../support/salon.ts';
import { fillAccount, fillAdministration, fillTrash, finishedAnswer } from './fill.ts';

/*
 * Takes a screenshot of every page with the demo model, in two widths, two colour schemes and two languages, into a
 * folder that git ignores: `npm run screenshots`, then look at them. With `-- --docs` those that README and docs show
 * are copied to `docs/screenshots`.
 */
const folder = join(projectRoot, '.screenshots');
const shownInDocs = ['chat-1280-light', 'chat-360-dark', 'images-1280-light', 'admin-backup-1280-light'];
const sizes = [
  { width: 1280, height: 800 },
  { width: 360, height: 740 },
];
const looks = [
  { colorScheme: 'light', locale: 'en-US', suffix: 'light' },
  { colorScheme: 'dark', locale: 'en-US', suffix: 'dark' },
  { colorScheme: 'light', locale: 'de-DE', suffix: 'de' },
] as const;

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

const take = (page: Page, name: string) => page.screenshot({ path: join(folder, `${name}.png`) });

const ana = await open({ viewport: { width: 1280, height: 800 } });
const { conversation, image } = await fillAccount(ana, salon.url);
const person = await fillAdministration(ana, salon.url, [await open({}), await open({}), await open({})]);
await fillTrash(ana, salon.url);
const conversationPages = await fillConversation(ana, salon.url, conversation);
const storageState = await ana.context().storageState();
const signedOut: [string, string][] = [
  ['login', '/login'],
  ['register', '/register'],
];
const signedIn: [string, string][] = [
  ['start', '/'],
  ['chat', conversation],
  ['conversations', '/conversations'],
  ...conversationPages,
  ['models', '/models'],
  ['images', '/images'],
  ['image', image],
  ['history', '/history'],
  ['trash', '/trash'],
  ['settings', '/settings'],
  ['settings-keys', '/settings/keys'],
  ['settings-usage', '/settings/usage'],
  ['settings-delete', '/settings/delete'],
  ['admin', '/admin'],
  ['admin-people', '/admin/people'],
  ['admin-person', person],
  ['admin-keys', '/admin/keys'],
  ['admin-usage', '/admin/usage'],
  ['admin-models', '/admin/models'],
  ['admin-model', '/admin/models/edit?model=demo'],
  ['admin-prices', '/admin/usage/prices'],
  ['admin-limits', '/admin/limits'],
  ['admin-audit', '/admin/audit'],
  ['admin-backup', '/admin/backup'],
  ['not-found', '/conversations/01jjjjjjjjjjjjjjjjjjjjjjjj'],
];

for (const viewport of sizes)
  for (const { suffix, ...look } of looks)
    for (const [name, path] of [...signedOut, ...signedIn]) {
      const isGuest = signedOut.some(([guest]) => guest === name);
      const page = await open({ viewport, ...look, ...(isGuest ? {} : { storageState }) });
      await page.goto(salon.url + path, { waitUntil: 'load' });
      // By a wheel the page would be taken while it still rolls.
      await page.evaluate(() => scrollTo({ top: 0, behavior: 'instant' }));
      await page.evaluate(
        () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 150))),
      );
      await take(page, `${name}-${viewport.width}-${suffix}`);
      await page.context().close();
    }

for (const viewport of sizes) {
  const page = await open({ viewport, storageState, javaScriptEnabled: false });
  await page.goto(salon.url);
  await page.fill('#content', 'Explain how bread is baked');
  await page.click('button[name=send]');
  await page.locator('.prose p').first().waitFor();
  await take(page, `no-scripts-running-${viewport.width}`);
  await page.locator(finishedAnswer).waitFor({ timeout: 60_000 });
  await take(page, `no-scripts-done-${viewport.width}`);
  await page.context().close();
}

await browser.close();
await salon.remove();
if (process.argv.includes('--docs'))
  for (const name of shownInDocs)
    await copyFile(join(folder, `${name}.png`), join(projectRoot, 'docs', 'screenshots', `${name}.png`));
