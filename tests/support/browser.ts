import { existsSync } from 'node:fs';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
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
  /** The name of the account that was signed up or in. */
  name: string;
  /** What a test brings about on purpose is no problem, however late the browser tells it. */
  tolerate(problem: RegExp): void;
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
 * it; elsewhere they are skipped, and the run says so. Every test must end without problems unless it took them; the
 * tabs that it opened are closed.
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
    /** `isShared`: opened for all tests, before them. */
    const tabs: (Tab & Watch & { isShared: boolean })[] = [];
    const between = { test: '', attempt: 0 };
    let now = between;
    /** Who was signed up, and when. */
    const accounts = new Map<string, { name: string } & typeof now>();

    beforeAll(async () => {
      salon = await startSalon(typeof env === 'function' ? await env() : env, host);
      browser = await chromium.launch({ executablePath, args: flags });
    });
    beforeEach(({ task }) => {
      now = { test: task.id, attempt: task.result?.retryCount ?? 0 };
    });
    afterEach(async () => {
      now = between;
      const problems = tabs.flatMap((tab) => tab.problems.splice(0));
      const own = tabs.filter(({ isShared }) => !isShared);
      for (const tab of own) tabs.splice(tabs.indexOf(tab), 1);
      await Promise.all(own.map(({ page }) => page.context().close()));
      expect(problems).toEqual([]);
    });
    afterAll(async () => {
      await browser.close();
      await salon.remove();
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
        const tab = { page, name: '', ...watch(page, salon.url), isShared: now === between };
        tabs.push(tab);
        if (account === undefined) return tab;
        const before = accounts.get(account);
        // A second try starts with nothing of the first.
        const isSecondTry = before?.test === now.test && before.attempt < now.attempt;
        const name = isSecondTry ? `${account}-${now.attempt + 1}` : (before?.name ?? account);
        if (before?.name === name) await signIn(page, salon.url, name);
        else await signUp(page, salon.url, name);
        accounts.set(account, { name, ...now });
        return Object.assign(tab, { name });
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

type Watch = {
  /** What went wrong in the page: console errors, policy reports, page errors, requests to other hosts. */
  problems: string[];
  tolerate(problem: RegExp): void;
};

function watch(page: Page, url: string): Watch {
  const problems: string[] = [];
  const tolerated: RegExp[] = [];
  const report = (problem: string) => {
    if (!tolerated.some((pattern) => pattern.test(problem))) problems.push(problem);
  };
  page.on('console', (message) => {
    const isProblem = message.type() === 'error' || message.type() === 'warning';
    if (isProblem && !forSecureOrigins.test(message.text())) report(message.text());
  });
  page.on('pageerror', (error) => report(error.message));
  page.on('dialog', (dialog) => {
    report(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    const target = request.url();
    if (!target.startsWith(url) && !/^(data|blob|about):/.test(target)) report(`foreign request: ${target}`);
  });
  return { problems, tolerate: (problem) => void tolerated.push(problem) };
}
