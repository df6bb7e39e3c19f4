import { hasBrowser, inBrowser, noBrowser, openPage } from '../page-probe.mjs';
import { quantile, short } from '../numbers.mjs';

const LATENCY_MS = 400;
const BAR_MS = 50;
/** A message that is not there after that is not shown at all. */
const LIMIT_MS = 8000;
const FINISHED = 'article.assistant:not(.is-running)';
const RUNNING = 'article.assistant.is-running, reply-feed';

/** One's own message in the page of a conversation, over a slow network: when it stands there after *Send*. */
export async function ownMessage({ setting }) {
  const what = `own message shown after Send at ${LATENCY_MS} ms latency`;
  if (!hasBrowser()) return noBrowser(what);
  const server = await setting.startSalon('own-message', { core: 'any' });
  const cookie = await server.signUp('ana');
  const id = await server.begin(cookie);
  const sends = await inBrowser(async (browser) => {
    const page = await openPage(browser, { url: server.url, cookie });
    await page.addInitScript(watchMessages);
    await page.goto(`${server.url}/conversations/${id}`);
    await slowDown(page);
    const seen = [];
    for (let i = 0; i < (setting.quick ? 5 : 20); i += 1) seen.push(await send(page, i));
    return seen;
  });
  await server.stop();
  const times = sends.map(({ shownMs }) => shownMs);
  const count = (test) => sends.filter(test).length;
  const marked = count(({ isMarked }) => isMarked);
  const once = count(({ isOnce }) => isOnce);
  const median = quantile(times, 0.5);
  return [
    {
      what,
      bar: `≤ ${BAR_MS} ms, marked as on its way`,
      measured: `${short(median)} / ${short(Math.max(...times), 'ms')}, ${marked} of ${sends.length} marked, ${once} there once and unmarked in the end`,
      value: median,
      holds: median <= BAR_MS && marked === sends.length && once === sends.length,
    },
  ];
}

async function slowDown(page) {
  const network = await page.context().newCDPSession(page);
  await network.send('Network.enable');
  const conditions = { offline: false, latency: LATENCY_MS, downloadThroughput: -1, uploadThroughput: -1 };
  await network.send('Network.emulateNetworkConditions', conditions);
}

async function send(page, i) {
  const words = `Message number ${i} of Ana`;
  await page.fill('#content', `${words} [[tps=0 n=5]]`);
  await page.evaluate((text) => globalThis.watchFor(text), words);
  await page.keyboard.press('Enter');
  const shown = await page.waitForFunction(() => globalThis.shown, null, { timeout: LIMIT_MS });
  const { ms: shownMs, isMarked } = await shown.jsonValue();
  await page.waitForFunction(
    ([finished, running, count]) =>
      document.querySelectorAll(finished).length >= count && !document.querySelector(running),
    [FINISHED, RUNNING, i + 1],
    { timeout: LIMIT_MS },
  );
  const isOnce = await page.evaluate((text) => globalThis.isThereOnce(text), words);
  return { shownMs, isMarked, isOnce };
}

/**
 * Runs in the page. From the key on that sends until the first frame with the message in it; a message on its way is
 * marked as busy or pending, itself or in a part of it.
 */
function watchMessages() {
  const mark = '[aria-busy="true"], [data-pending]';
  const articlesWith = (text) =>
    [...document.querySelectorAll('#messages article')].filter((article) =>
      article.textContent.includes(text),
    );
  globalThis.isThereOnce = (text) => {
    const articles = articlesWith(text);
    return articles.length === 1 && !articles[0].matches(mark) && !articles[0].querySelector(mark);
  };
  globalThis.watchFor = (text) => {
    let begun;
    globalThis.shown = undefined;
    addEventListener('keydown', () => (begun = performance.now()), { capture: true, once: true });
    const observer = new MutationObserver(() => {
      const [article] = articlesWith(text);
      if (!article || begun === undefined) return;
      observer.disconnect();
      const isMarked = article.matches(mark) || article.querySelector(mark) !== null;
      requestAnimationFrame(() => (globalThis.shown = { ms: performance.now() - begun, isMarked }));
    });
    observer.observe(document.body, { childList: true, subtree: true, attributes: true });
  };
}
