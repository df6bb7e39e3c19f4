import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { quantile } from './numbers.mjs';

const executablePath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
const args = ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-background-networking'];
const QUIET_MS = 1000;
/** A browser whose row takes longer is closed, which fails whatever waits in it. */
const LIMIT_MS = 5 * 60_000;

export const hasBrowser = () => existsSync(executablePath);
export const noBrowser = (what) => [{ what, bar: '', measured: 'no Chromium here', holds: undefined }];

/** Opens a browser that can reach this machine only, under `names` too, hands it to `work` and closes it. */
export async function inBrowser(work, { names = [] } = {}) {
  const rules = [
    ...names.map((name) => `MAP ${name} 127.0.0.1`),
    'MAP * ~NOTFOUND',
    'EXCLUDE 127.0.0.1',
  ].join(', ');
  const browser = await chromium.launch({
    executablePath,
    args: [...args, `--host-resolver-rules=${rules}`],
    // The bench ends its servers and browsers itself.
    handleSIGINT: false,
    handleSIGTERM: false,
  });
  const late = setTimeout(() => void browser.close(), LIMIT_MS);
  try {
    return await work(browser);
  } finally {
    clearTimeout(late);
    await browser.close();
  }
}

/** A page of a new profile that carries the cookie `name=value`. */
export async function openPage(browser, { url, cookie }) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const [name, value] = cookie.split('=');
  await context.addCookies([{ name, value, domain: new URL(url).hostname, path: '/' }]);
  return context.newPage();
}

/**
 * Loads a page with a cold cache several times. @returns medians: requests, other hosts, kilobytes on the wire of all and
 * of scripts, and milliseconds until `ready` (a selector) is visible and until the first paint with content
 */
export async function probe(browser, { url, cookie, ready, runs }) {
  const results = [];
  for (let run = 0; run < runs; run += 1) results.push(await load(browser, { url, cookie, ready }));
  const median = (name) =>
    quantile(
      results.map((result) => result[name]),
      0.5,
    );
  return Object.fromEntries(Object.keys(results[0]).map((name) => [name, median(name)]));
}

async function load(browser, { url, cookie, ready }) {
  const page = await openPage(browser, { url, cookie });
  const network = await page.context().newCDPSession(page);
  await network.send('Network.enable');
  const seen = new Map();
  const bytes = { all: 0, Script: 0 };
  network.on('Network.requestWillBeSent', ({ requestId, request, type }) => {
    if (!/^(data|blob):/.test(request.url)) seen.set(requestId, { url: request.url, type });
  });
  network.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    bytes.all += encodedDataLength;
    if (seen.get(requestId)?.type === 'Script') bytes.Script += encodedDataLength;
  });
  const begun = performance.now();
  await page.goto(url, { waitUntil: 'commit' });
  await page.waitForSelector(ready, { state: 'visible' });
  const readyMs = performance.now() - begun;
  await page.waitForLoadState('load');
  // What scripts ask for afterwards counts too.
  await page.waitForTimeout(QUIET_MS);
  const paintMs = await page.evaluate(
    () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime,
  );
  await page.context().close();
  const { origin } = new URL(url);
  const foreign = [...seen.values()].filter((request) => !request.url.startsWith(origin)).length;
  return {
    requests: seen.size,
    foreign,
    kB: bytes.all / 1024,
    scriptKB: bytes.Script / 1024,
    readyMs,
    paintMs,
  };
}
