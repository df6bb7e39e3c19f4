import { existsSync } from 'node:fs';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signUp } from './browser-page.ts';
import { spawnSalon, type SalonProcess } from './process.ts';

export { password, signUp } from './browser-page.ts';

const executablePath = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';
const isThere = existsSync(executablePath);
const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export type Tab = {
  page: Page;
  /** What went wrong in the page: console errors, policy reports, page errors, requests to other hosts. */
  problems: string[];
};
export type Stage = {
  salon(): SalonProcess;
  /** A tab of a new browser profile. `account` signs it up first, through the pages. */
  open(options?: BrowserContextOptions & { account?: string }): Promise<Tab>;
};

/** Settings of the server; a function where they are known only once the tests run. */
type Env = Record<string, string> | (() => Promise<Record<string, string>>);

/**
 * Tests in a real Chromium against the built server. Without a browser they fail under CI with the line that installs
 * it; elsewhere they are skipped, and the run says so. Every page must end without problems unless a test took them.
 */
export function inBrowser(name: string, env: Env, body: (stage: Stage) => void): void {
  if (!isThere && process.env['CI'] === 'true') {
    it(`${name}: needs Chromium`, () => {
      expect.fail(`no browser at ${executablePath}: run apt-get update && apt-get install -y chromium`);
    });
    return;
  }
  if (!isThere) process.stderr.write(`SKIPPED for want of a browser at ${executablePath}: ${name}\n`);
  describe.skipIf(!isThere)(name, () => {
    let browser: Browser;
    let salon: SalonProcess;
    const tabs: Tab[] = [];

    beforeAll(async () => {
      salon = await spawnSalon({ env: typeof env === 'function' ? await env() : env });
      browser = await chromium.launch({ executablePath, args: flags });
    });
    afterAll(async () => {
      await browser.close();
      await salon.remove();
      expect(tabs.flatMap(({ problems }) => problems)).toEqual([]);
    });

    body({
      salon: () => salon,
      async open({ account, ...options } = {}) {
        const context = await browser.newContext({
          locale: 'en-US',
          timezoneId: 'Europe/Berlin',
          ...options,
        });
        const page = await context.newPage();
        const tab = { page, problems: watch(page, salon.url) };
        tabs.push(tab);
        if (account) await signUp(page, salon.url, account);
        return tab;
      },
    });
  });
}

function watch(page: Page, url: string): string[] {
  const problems: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') problems.push(message.text());
  });
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('dialog', (dialog) => {
    problems.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    const target = request.url();
    if (!target.startsWith(url) && !/^(data|blob|about):/.test(target))
      problems.push(`foreign request: ${target}`);
  });
  return problems;
}
