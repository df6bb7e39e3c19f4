import { setTimeout as sleep } from 'node:timers/promises';
import { converse } from './follow.mjs';
import { watchConnections } from './tab-connections.mjs';

export const JOBS = 12;
export const TABS = 8;
const TAB_LIMIT_MS = 5000;
const IMAGE_LIMIT_MS = 30_000;
/** Longer than any row takes; the model server's answer never comes. */
const LASTING = 'A lamp [[ttft=3000000]]';
const CONVERSATIONS = 3;

/**
 * One person's browser profile with image jobs that do not end and open tabs, and one more tab to work in.
 * @returns that `page`, the `paths` that can be looked at, an `image`, `begin()` for one more job, what the requests of all
 * tabs waited for, and `close()`
 */
export async function openScene(browser, server, { origin, username, jobs, tabs }) {
  const cookie = await server.signUp(username);
  const chats = [];
  for (let i = 0; i < CONVERSATIONS; i += 1)
    chats.push(await converse(server, { cookie, contents: ['Tell [[text=story kb=4 tps=0]]'] }));
  const image = await makeImage(server, cookie);
  const begin = () => beginJob(server, cookie, LASTING);
  const running = [];
  for (let i = 0; i < jobs; i += 1) running.push(await begin());

  const context = await openContext(browser, { origin, cookie });
  const connections = watchConnections(context);
  const paths = ['/', '/images', '/history', '/settings', ...chats.map((id) => `/conversations/${id}`)];
  // Most tabs show the jobs, as those of somebody do who waits for images.
  const open = ['/images', paths[4], '/images', '/images', '/', '/images', paths[5], '/images'];
  for (const path of open.slice(0, tabs)) await openTab(context, `${origin}${path}`);
  // What the tabs agree on among themselves takes a moment.
  await sleep(2000);
  return {
    page: await context.newPage(),
    origin,
    paths,
    image,
    begin,
    connections,
    async close() {
      await context.close();
      for (const id of running) await server.expect(200, 'POST', `/jobs/${id}/cancel`, { cookie, body: {} });
    },
  };
}

async function openContext(browser, { origin, cookie }) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const [name, value] = cookie.split('=');
  await context.addCookies([{ name, value, url: origin, httpOnly: true, sameSite: 'Lax' }]);
  return context;
}

/**
 * A tab that cannot load, since others have taken all connections, stays as it is. Browsers draw no animation in a tab that
 * nobody sees; under automation all tabs count as seen, so it is told not to.
 */
async function openTab(context, url) {
  const page = await context.newPage();
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await page.goto(url, { waitUntil: 'load', timeout: TAB_LIMIT_MS }).catch(() => undefined);
}

async function beginJob(server, cookie, prompt) {
  const { json } = await server.expect(202, 'POST', '/images', { cookie, body: { prompt } });
  return json.job.id;
}

/** @returns where an image is that has been made */
async function makeImage(server, cookie) {
  const id = await beginJob(server, cookie, 'A lamp');
  for (const end = Date.now() + IMAGE_LIMIT_MS; Date.now() < end; await sleep(50)) {
    const { json } = await server.expect(200, 'GET', `/jobs/${id}`, { cookie });
    if (json.status === 'complete') return json.images[0].image_url.replace(/^https?:\/\/[^/]+/, '');
  }
  throw new Error('the image was not made');
}
