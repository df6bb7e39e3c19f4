import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import words from '../../src/web/locales/en.json' with { type: 'json' };
import { password } from '../support/browser.ts';
import { expectSoundEverywhere } from './inspect.ts';
import { ask, finished, running, withPuppet } from './scenes.ts';

withPuppet('an answer that keeps a person waiting', ({ open, salon }, strings) => {
  const answer = (page: Page) => page.locator('article.assistant').last();
  const waiting = (page: Page) => answer(page).locator('[data-waiting]');
  const offline = (page: Page) => answer(page).locator('[data-offline]');
  const shows = (page: Page, text: string) =>
    expect.poll(() => answer(page).locator('.prose').innerText()).toBe(text);

  it('says what is waited for, and after ten seconds that there is a way out', async () => {
    const { page } = await open({ account: 'Patient' });
    await page.clock.install();
    await ask(page, 'patience');
    const call = await strings.next('patience');
    expect(await waiting(page).innerText()).toBe(words.waiting.answer);
    await page.clock.fastForward(9000);
    expect(await waiting(page).innerText()).toBe(words.waiting.answer);
    const later = async () => {
      await page.clock.fastForward(2000);
      return waiting(page).innerText();
    };
    await expect.poll(later).toBe(words.script.slow);
    await expectSoundEverywhere(page, 'a slow answer');
    call.say('The first words.');
    await shows(page, 'The first words.');
    expect(await waiting(page).isVisible()).toBe(false);
    await page.clock.fastForward(11_000);
    expect(await waiting(page).innerText()).toBe(words.script.slow);
    call.say(' And the last ones.');
    call.finish();
    await page.waitForSelector(finished);
    expect(await answer(page).locator('.prose').innerText()).toBe('The first words. And the last ones.');
  });

  it('says that an answer was stopped before its first word, and tries again', async () => {
    const { page } = await open({ account: 'Hasty' });
    await ask(page, 'hasty');
    await strings.next('hasty');
    await page.click('[data-stop-running]');
    await page.waitForSelector(finished);
    expect(await answer(page).locator('.ended').innerText()).toBe(words.chat.stopped_empty);
    expect(await answer(page).locator('[data-copy-message]').count()).toBe(0);
    await expectSoundEverywhere(page, 'a stopped answer');
    await answer(page).getByRole('button', { name: words.chat.retry }).click();
    const call = await strings.next('hasty');
    call.say('Here it is.');
    call.finish();
    await page.waitForSelector(finished);
    await shows(page, 'Here it is.');
  });

  it('says that the network is gone, keeps what is there, and goes on without gap or repeat', async () => {
    const { page, tolerate } = await open({ account: 'Traveller' });
    tolerate(/ERR_INTERNET_DISCONNECTED/);
    await ask(page, 'tunnel');
    const call = await strings.next('tunnel');
    call.say('Before the tunnel.\n\n');
    await shows(page, 'Before the tunnel.');
    await page.context().setOffline(true);
    await offline(page).waitFor();
    expect(await offline(page).innerText()).toContain(words.script.offline);
    await shows(page, 'Before the tunnel.');
    await page.fill('#content', 'Written in the tunnel');
    await page.click('[data-stop-running]');
    await page.getByText(words.script.not_stopped).waitFor();
    await expectSoundEverywhere(page, 'offline');
    call.say('Inside it.\n\n');
    await page.context().setOffline(false);
    await offline(page).waitFor({ state: 'hidden' });
    call.say('After it.');
    await shows(page, 'Before the tunnel.\n\nInside it.\n\nAfter it.');
    call.finish();
    await page.waitForSelector(finished);
    expect(await page.getByText(words.script.not_stopped).count()).toBe(0);
    expect(await page.inputValue('#content')).toBe('Written in the tunnel');
  });

  it('keeps a message that cannot be sent, says so beside it, and sends it later', async () => {
    const { page, tolerate } = await open({ account: 'Sender' });
    tolerate(/ERR_INTERNET_DISCONNECTED/);
    await ask(page, 'letter one');
    (await strings.next('letter one')).finish();
    await page.waitForSelector(finished);
    await page.context().setOffline(true);
    await page.fill('#content', 'letter two');
    await page.keyboard.press('Enter');
    await page.getByText(words.script.not_sent).waitFor();
    await expectSoundEverywhere(page, 'a message that was not sent');
    expect(await page.inputValue('#content')).toBe('letter two');
    await page.context().setOffline(false);
    await page.keyboard.press('Enter');
    (await strings.next('letter two')).finish();
    await page.getByText(words.script.not_sent).waitFor({ state: 'detached' });
    await expect
      .poll(() => page.locator('article.user').allInnerTexts())
      .toEqual(['You\nletter one', 'You\nletter two']);
  });

  it('says that another tab signed out, leads to sign-in, and comes back to the answer', async () => {
    const { page, name, tolerate } = await open({ account: 'Leaver' });
    tolerate(/401/);
    await ask(page, 'goodbye');
    const address = page.url();
    const call = await strings.next('goodbye');
    call.say('Half of it.');
    await shows(page, 'Half of it.');
    const other = await page.context().newPage();
    await other.goto(`${salon().url}/settings`);
    await other.click('main form[action="/logout"] button');
    await other.waitForURL(/\/login/);
    await page.evaluate(() => dispatchEvent(new Event('online')));
    await offline(page).getByText(words.script.signed_out).waitFor();
    await expectSoundEverywhere(page, 'signed out in another tab');
    call.say(' The other half.');
    call.finish();
    await offline(page).getByRole('link', { name: words.script.sign_in }).click();
    await page.fill('[name=username]', name);
    await page.fill('[name=password]', password);
    await page.click('main form button[type=submit]');
    await page.waitForURL(address);
    await page.waitForSelector(finished);
    await shows(page, 'Half of it. The other half.');
    expect(await page.locator(running).count()).toBe(0);
  });
});
