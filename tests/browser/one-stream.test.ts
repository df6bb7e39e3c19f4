import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import words from '../../src/web/locales/en.json' with { type: 'json' };
import type { Stage } from '../support/browser.ts';
import { personAt } from '../support/chat.ts';
import type { Strings } from '../support/puppet.ts';
import { ask, finished, withPuppet } from './scenes.ts';

const shows = (page: Page, text: string) =>
  expect.poll(() => page.locator('article.assistant .prose').last().innerText()).toBe(text);

/** How many event streams the server has open. */
async function streams({ salon }: Stage): Promise<number> {
  const text = await (await fetch(`${salon().direct}/metrics`)).text();
  return Number(/^salon_event_streams (\d+)/m.exec(text)?.[1]);
}

/** The person of a tab as a JSON client that needs no browser's idea of names. */
async function personOf(page: Page, { salon }: Stage) {
  const [cookie] = await page.context().cookies(salon().url);
  return personAt(salon().direct, `${cookie?.name}=${cookie?.value}`);
}

function sharesOneStream(stage: Stage, strings: Pick<Strings, 'next'>, hasLocks: boolean): void {
  const { open, salon } = stage;

  it('keeps one connection for 12 running jobs and 8 tabs, so that pages and buttons work', async () => {
    const { page } = await open({ account: 'Many' });
    expect(await page.evaluate(() => 'locks' in navigator)).toBe(hasLocks);
    const person = await personOf(page, stage);
    for (let at = 0; at < 12; at++)
      expect((await person.call('POST', '/images', { prompt: `A bay ${at} [[hang]]` })).status).toBe(202);
    const tabs = [page];
    while (tabs.length < 8) tabs.push(await page.context().newPage());
    for (const tab of tabs) await tab.goto(`${salon().url}/images`);
    await expect.poll(() => streams(stage)).toBe(1);

    const last = tabs.at(-1) ?? page;
    expect(await last.locator('job-feed').count()).toBe(12);
    await last.locator('job-feed form[action$="/cancel"] button').first().click();
    await expect.poll(() => last.locator('job-feed').count()).toBe(11);
    // What was cancelled in one tab is told to the others.
    await tabs[1]?.getByText(words.jobs.cancelled).first().waitFor();
    await last.getByRole('link', { name: words.app.new_chat }).first().click();
    await last.waitForURL(`${salon().url}/`);
    for (const tab of tabs.slice(0, -1)) await tab.close();
    await expect.poll(() => streams(stage)).toBe(0);
  }, 180_000);

  it('goes on in another tab when the one that holds the connection is closed', async () => {
    const { page } = await open({ account: 'Heir' });
    await ask(page, 'inheritance');
    const call = await strings.next('inheritance');
    call.say('One.\n\nTwo');
    await shows(page, 'One.\n\nTwo');
    const other = await page.context().newPage();
    await other.goto(page.url());
    await shows(other, 'One.\n\nTwo');
    await expect.poll(() => streams(stage)).toBe(1);
    await page.close();
    call.say(' more.\n\nThree.');
    await shows(other, 'One.\n\nTwo more.\n\nThree.');
    const third = await page.context().newPage();
    await third.goto(other.url());
    call.say('\n\nFour.');
    call.finish();
    for (const tab of [other, third]) {
      await tab.waitForSelector(finished);
      await shows(tab, 'One.\n\nTwo more.\n\nThree.\n\nFour.');
    }
  }, 120_000);

  it('goes on in another tab when the one that holds the connection crashes', async () => {
    const { page } = await open({ account: 'Crasher' });
    const ofOthers = await streams(stage);
    await ask(page, 'accident');
    const call = await strings.next('accident');
    call.say('One.');
    await shows(page, 'One.');
    const other = await page.context().newPage();
    await other.goto(page.url());
    await shows(other, 'One.');
    await expect.poll(() => streams(stage)).toBe(ofOthers + 1);
    const crashed = page.waitForEvent('crash');
    const devtools = await page.context().newCDPSession(page);
    void devtools.send('Page.crash').catch(() => undefined);
    await crashed;
    call.say('\n\nTwo.');
    await shows(other, 'One.\n\nTwo.');
    call.finish();
    await other.waitForSelector(finished);
    await expect.poll(() => streams(stage)).toBe(ofOthers + 1);
  }, 120_000);

  it('shows what another device says as it is said, and leaves another branch alone', async () => {
    const { page } = await open({ account: 'Device' });
    await ask(page, 'first question');
    const first = await strings.next('first question');
    first.say('First answer.');
    first.finish();
    await page.waitForSelector(finished);
    const device = await personOf(page, stage);
    const id = page.url().split('/').at(-1)?.split('#')[0] ?? '';
    const answerId = (await device.read(id)).messages.at(-1)?.id ?? '';

    await device.ask(id, 'from afar');
    const second = await strings.next('from afar');
    await page.locator('.bubble', { hasText: 'from afar' }).waitFor();
    second.say('Second answer.');
    await shows(page, 'Second answer.');
    second.finish();
    await expect.poll(() => page.locator(finished).count()).toBe(2);

    await device.regenerate(answerId);
    const again = await strings.next('first question');
    again.say('Another first answer.');
    again.finish();
    await page.getByText('1/2').waitFor();
    expect(await page.locator('article').count()).toBe(4);
    expect(await page.getByText('Another first answer.').count()).toBe(0);
  }, 120_000);
}

withPuppet('tabs of one browser, on this machine', (stage, calls) => sharesOneStream(stage, calls, true));
withPuppet('tabs of one browser, in a home network', (stage, calls) => sharesOneStream(stage, calls, false), {
  host: 'salon.home',
});

withPuppet('a message that is sent', ({ open }, strings) => {
  async function begin(account: string) {
    const { page, tolerate } = await open({ account });
    // Requests that fail are what some of these tests are about; the browser reports each of them.
    tolerate(/ERR_FAILED/);
    await ask(page, `${account} begins`);
    (await strings.next(`${account} begins`)).finish();
    await page.waitForSelector(finished);
    return page;
  }

  /** Keeps back what is sent until the test lets it go, one way or the other. */
  async function hold(page: Page) {
    let letGo: (how: 'continue' | 'abort') => void = () => undefined;
    const how = new Promise<'continue' | 'abort'>((resolve) => (letGo = resolve));
    await page.route('**/messages', async (route) => route[await how]());
    return (way: 'continue' | 'abort') => letGo(way);
  }

  it('is shown at once, as on its way, and replaced when the server has it', async () => {
    const page = await begin('Quick');
    const letGo = await hold(page);
    await page.fill('#content', 'On its way');
    await page.keyboard.press('Enter');
    const pending = page.locator('article.is-pending');
    expect(await pending.locator('.bubble').innerText()).toBe('On its way');
    expect(await pending.innerText()).toContain(words.script.sending);
    expect(await page.locator('#announcer').innerText()).toBe(words.script.sending);
    expect(await page.inputValue('#content')).toBe('');
    await page.keyboard.type('the next thought');
    letGo('continue');
    (await strings.next('On its way')).finish();
    await expect.poll(() => page.locator(finished).count()).toBe(2);
    expect(await pending.count()).toBe(0);
    expect(await page.locator('article.user').count()).toBe(2);
    expect(await page.inputValue('#content')).toBe('the next thought');
  });

  it('is shown at once on the start page too, until its conversation is there', async () => {
    const { page } = await open({ account: 'Starter' });
    let letGo: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (letGo = resolve));
    await page.route('**/conversations', async (route) => {
      await held;
      await route.continue();
    });
    await page.fill('#content', 'The very first');
    // The driver cannot look into a page that is about to be left; the page can.
    await page.evaluate(() => {
      const note = () =>
        sessionStorage.setItem('shown', document.querySelector('.is-pending')?.textContent ?? '');
      addEventListener('submit', () => setTimeout(note));
    });
    await page.click('[name=send]', { noWaitAfter: true });
    letGo();
    await page.waitForURL(/\/conversations\//);
    expect(await page.locator('article.user .bubble').allInnerTexts()).toEqual(['The very first']);
    const shown = await page.evaluate(() => sessionStorage.getItem('shown'));
    for (const text of ['The very first', words.script.sending]) expect(shown).toContain(text);
    (await strings.next('The very first')).finish();
  });

  it('goes back into the composer, before what was typed meanwhile, when it did not arrive', async () => {
    const page = await begin('Lost');
    const letGo = await hold(page);
    await page.fill('#content', 'Lost on its way');
    await page.keyboard.press('Enter');
    await page.keyboard.type('typed meanwhile');
    letGo('abort');
    await page.getByText(words.script.not_sent).waitFor();
    expect(await page.inputValue('#content')).toBe('Lost on its way\ntyped meanwhile');
    expect(await page.locator('article.user').count()).toBe(1);
  });

  it('that the server has stored without being able to say so stays where it is, and once', async () => {
    const page = await begin('Deaf');
    await page.route('**/messages', async (route) => {
      await route.fetch();
      await page.getByText('Stored all the same').and(page.locator('.bubble')).waitFor();
      await route.abort();
    });
    const refused = page.waitForEvent('requestfailed', (request) => request.method() === 'POST');
    await page.fill('#content', 'Stored all the same');
    await page.keyboard.press('Enter');
    (await strings.next('Stored all the same')).finish();
    await expect.poll(() => page.locator(finished).count()).toBe(2);
    await expect.poll(() => page.locator('[name=send]').getAttribute('aria-busy')).toBe(null);
    expect(await page.locator('article.user').count()).toBe(2);
    await refused;
    await page.waitForTimeout(100);
    expect(await page.locator('article.user').count()).toBe(2);
    expect(await page.inputValue('#content')).toBe('');
  });

  it('that is told of after its answer got lost leaves the field again, and the next one is another', async () => {
    const page = await begin('Switcher');
    let isLost = true;
    await page.route('**/messages', async (route) => {
      if (!isLost) return route.continue();
      isLost = false;
      // The stream is away with the network: it brings the message only after the failure.
      await page.route('**/events?**', (stream) => stream.abort());
      await page.evaluate(() => dispatchEvent(new Event('offline')));
      await route.fetch();
      await route.abort();
    });
    await page.fill('#content', 'Told of late');
    await page.keyboard.press('Enter');
    await page.getByText(words.script.not_sent).waitFor();
    expect(await page.inputValue('#content')).toBe('Told of late');
    await page.unroute('**/events?**');
    await page.evaluate(() => dispatchEvent(new Event('online')));
    (await strings.next('Told of late')).finish();
    await expect.poll(() => page.locator(finished).count()).toBe(2);
    expect(await page.inputValue('#content')).toBe('');
    expect(await page.getByText(words.script.not_sent).count()).toBe(0);
    await page.fill('#content', 'Another one');
    await page.keyboard.press('Enter');
    (await strings.next('Another one')).finish();
    await expect.poll(() => page.locator(finished).count()).toBe(3);
    const asked = await page.locator('article.user .bubble').allInnerTexts();
    expect(asked).toEqual(['Switcher begins', 'Told of late', 'Another one']);
  });

  it('that came back and was changed goes out as another one', async () => {
    const page = await begin('Changer');
    let isLost = true;
    await page.route('**/events?**', (stream) => stream.abort());
    await page.evaluate(() => dispatchEvent(new Event('offline')));
    await page.route('**/messages', async (route) => {
      if (!isLost) return route.continue();
      isLost = false;
      await route.fetch();
      await route.abort();
    });
    await page.fill('#content', 'First words');
    await page.keyboard.press('Enter');
    await page.getByText(words.script.not_sent).waitFor();
    (await strings.next('First words')).finish();
    await page.fill('#content', 'Other words');
    await page.keyboard.press('Enter');
    (await strings.next('Other words')).finish();
    await page.getByText('Other words').and(page.locator('.bubble')).waitFor();
    await page.reload();
    const asked = await page.locator('article.user .bubble').allInnerTexts();
    expect(asked).toEqual(['Changer begins', 'First words', 'Other words']);
  });
});
