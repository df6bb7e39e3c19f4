import { existsSync } from 'node:fs';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { signIn, signUp } from './browser-page.ts';
import { freePort, spawnSalon, type SalonProcess } from './process.ts';

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
  // Names as of a home network: over plain http they are no secure context, unlike localhost.
  '--host-resolver-rules=MAP *.home 127.0.0.1',
];

export type Tab = {
  page: Page;
  /** What went wrong in the page: console errors, policy reports, page errors, requests to other hosts. */
  problems: string[];
};
export type Stage = {
  /** `direct` is its URL on this machine, also when browsers know it by another name. */
  salon(): SalonProcess & { direct: string };
  /** A tab of a new browser profile. `account` signs it up first, through the pages. */
  open(options?: BrowserContextOptions & { account?: string }): Promise<Tab>;
};

/** Settings of the server; a function where they are known only once the tests run. */
type Env = Record<string, string> | (() => Promise<Record<string, string>>);

/**
 * Tests in a real Chromium against the built server. Without a browser they fail under CI with the line that installs
 * it; elsewhere they are skipped, and the run says so. Every page must end without problems unless a test took them.
 */
export function inBrowser(
  name: string,
  env: Env,
  body: (stage: Stage) => void,
  { host }: { host?: string } = {},
): void {
  if (!isThere && process.env['CI'] === 'true') {
    it(`${name}: needs Chromium`, () => {
      expect.fail(`no browser at ${executablePath}: run apt-get update && apt-get install -y chromium`);
    });
    return;
  }
  if (!isThere) process.stderr.write(`SKIPPED for want of a browser at ${executablePath}: ${name}\n`);
  describe.skipIf(!isThere)(name, () => {
    let browser: Browser;
    let salon: SalonProcess & { direct: string };
    const tabs: Tab[] = [];
    let now = { test: '', attempt: 0 };
    /** Who was signed up, when, and in which tabs. */
    const accounts = new Map<string, { name: string; tabs: Tab[] } & typeof now>();

    beforeAll(async () => {
      salon = await startSalon(typeof env === 'function' ? await env() : env, host);
      browser = await chromium.launch({ executablePath, args: flags });
    });
    beforeEach(({ task }) => {
      now = { test: task.id, attempt: task.result?.retryCount ?? 0 };
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
        if (account === undefined) return tab;
        const before = accounts.get(account);
        const isSecondTry = before?.test === now.test && before.attempt < now.attempt;
        if (before && !isSecondTry) {
          await signIn(page, salon.url, before.name);
          before.tabs.push(tab);
          return tab;
        }
        // A second try starts with nothing of the first, whose problems are what it is about.
        for (const earlier of before?.tabs ?? []) earlier.problems.length = 0;
        const name = isSecondTry ? `${account}-${now.attempt + 1}` : account;
        await signUp(page, salon.url, name);
        accounts.set(account, { name, tabs: [tab], ...now });
        return tab;
      },
    });
  });
}

/** `host`: browsers reach it by this name alone. */
async function startSalon(env: Record<string, string>, host: string | undefined) {
  if (host === undefined) {
    const started = await spawnSalon({ env });
    return { ...started, direct: started.url };
  }
  const port = await freePort();
  const url = `http://${host}:${port}`;
  const started = await spawnSalon({ env: { ...env, PORT: String(port), BASE_URL: url } });
  return { ...started, url, direct: started.url };
}

/** What a browser says about headers that it heeds only over https or from this machine. */
const forSecureOrigins = /The Cross-Origin-Opener-Policy header has been ignored|could not be origin-keyed/;

function watch(page: Page, url: string): string[] {
  const problems: string[] = [];
  page.on('console', (message) => {
    const isProblem = message.type() === 'error' || message.type() === 'warning';
    if (isProblem && !forSecureOrigins.test(message.text())) problems.push(message.text());
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
