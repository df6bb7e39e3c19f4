import { hasBrowser, inBrowser, noBrowser, openPage, probe } from '../page-probe.mjs';
import { short } from '../numbers.mjs';

const COMPOSER = 'textarea#content:not([disabled])';
const FINISHED = 'article.assistant:not(.is-running)';

const weigh = (setting) =>
  setting.shared('page weight', async () => {
    const { url, cookies } = await setting.salon();
    const plan = { url: `${url}/`, cookie: cookies[0], ready: COMPOSER, runs: setting.quick ? 3 : 9 };
    return inBrowser((browser) => probe(browser, plan));
  });

export async function chatPage({ setting }) {
  if (!hasBrowser()) return noBrowser('chat page, cold cache');
  const { kB, requests, foreign, scriptKB } = await weigh(setting);
  return [
    {
      what: 'chat page, cold cache',
      bar: '≤ 60 kB, ≤ 8 requests, no other host, ≤ 20 kB script',
      measured: `${short(kB, 'kB')}, ${requests} requests, ${foreign} to other hosts, ${short(scriptKB, 'kB')} script`,
      value: kB,
      holds: kB <= 60 && requests <= 8 && foreign === 0 && scriptKB <= 20,
    },
  ];
}

export async function composer({ setting }) {
  if (!hasBrowser()) return noBrowser('composer usable');
  const { readyMs, paintMs } = await weigh(setting);
  const shift = await shiftWhileStreaming(setting);
  return [
    {
      what: 'composer usable in Chromium',
      bar: '≤ 250 ms',
      measured: `${short(readyMs, 'ms')} (first paint ${short(paintMs, 'ms')})`,
      value: readyMs,
      holds: readyMs <= 250,
    },
    {
      what: 'layout shift while an answer streams',
      bar: '< 0.02',
      measured: shift.toFixed(4),
      holds: shift < 0.02,
    },
  ];
}

/** Asks a question in the page and sums what moved by itself until the answer is whole. */
async function shiftWhileStreaming(setting) {
  const { url, cookies } = await setting.salon();
  return inBrowser(async (browser) => {
    const page = await openPage(browser, { url, cookie: cookies[0] });
    await page.addInitScript(() => {
      globalThis.shifted = 0;
      new PerformanceObserver((list) => {
        for (const { value, hadRecentInput } of list.getEntries())
          if (!hadRecentInput) globalThis.shifted += value;
      }).observe({ type: 'layout-shift', buffered: true });
    });
    await page.goto(url);
    await page.fill('#content', 'Tell [[tps=50 n=200 para=40]]');
    await page.keyboard.press('Enter');
    await page.waitForSelector(FINISHED, { timeout: 20_000 });
    return page.evaluate(() => globalThis.shifted);
  });
}
