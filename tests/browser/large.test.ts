import { expect, it } from 'vitest';
import words from '../../src/web/locales/en.json' with { type: 'json' };
import { eventually } from '../support/chat.ts';
import { expectSound, expectSoundEverywhere } from './inspect.ts';
import { ask, finished, personOf, withModels } from './scenes.ts';

withModels('much of everything', ({ open, salon }) => {
  it.each(['unbroken', 'table', 'code'])('fits an answer into the page that is %s', async (name) => {
    const { page } = await open({ account: name });
    await ask(page, `Show it [[text=${name} piece=200]]`);
    await page.waitForSelector(finished, { timeout: 30_000 });
    await expectSoundEverywhere(page, name);
    if (name === 'unbroken') return;
    // What is wider scrolls in its own box, also by keyboard.
    const box = page.locator('.prose :is(.table-scroll, pre)').first();
    expect(
      await box.evaluate((one) => one.scrollWidth > one.clientWidth && (one as HTMLElement).tabIndex),
    ).toBe(0);
    await box.focus();
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => box.evaluate((one) => one.scrollLeft)).toBeGreaterThan(0);
  });

  it('shows an answer of 100 kB while it comes and afterwards', async () => {
    const { page } = await open({ account: 'Reader' });
    await ask(page, 'Show it [[text=long piece=300 pace=3]]');
    await page.locator('.prose p').nth(20).waitFor();
    await page.keyboard.type('typing goes on');
    expect(await page.inputValue('#content')).toBe('typing goes on');
    await page.waitForSelector(finished, { timeout: 60_000 });
    expect(await page.locator('.prose p').count()).toBe(1100);
    await expectSound(page, 'a long answer');
  }, 90_000);

  it('takes a question of 20,000 letters without a space, everywhere it is shown', async () => {
    const { page } = await open({ account: 'N'.repeat(64) });
    await ask(page, 'y'.repeat(20_000));
    await page.waitForSelector(finished);
    await expectSoundEverywhere(page, 'a long question');
    for (const path of ['/', '/conversations', '/history', '/settings']) {
      await page.goto(salon().url + path);
      for (const width of [1280, 360]) {
        await page.setViewportSize({ width, height: 740 });
        const scroll = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        expect(scroll, `${path} at ${width}`).toBeLessThanOrEqual(0);
      }
    }
  });

  it('shows 200 messages, 60 images and 160 entries page by page', async () => {
    const { page } = await open({ account: 'Collector' });
    const person = await personOf(page, salon().url);
    const { id, reply } = await person.begin({ content: 'Question 0', title: 'A long conversation' });
    await person.ended(id, reply.id);
    for (let at = 1; at < 100; at++)
      await person.ended(id, (await person.ask(id, `Question ${at}`)).reply.id);
    for (let at = 0; at < 6; at++)
      expect(
        (await person.call('POST', '/images', { prompt: `Images ${at}`, n: 10, model: 'gpt-image-1' }))
          .status,
      ).toBe(202);

    await page.goto(`${salon().url}/conversations/${id}`);
    expect(await page.locator('article').count()).toBe(60);
    expect(
      await page.evaluate(() => document.documentElement.scrollHeight - innerHeight - scrollY),
    ).toBeLessThanOrEqual(2);
    await expectSoundEverywhere(page, 'a long conversation');
    for (const count of [120, 180, 200]) {
      await page.evaluate(() => scrollTo(0, 0));
      await page.waitForFunction((least) => document.querySelectorAll('article').length >= least, count);
    }
    expect(await page.locator('article').count()).toBe(200);
    expect(await page.getByRole('link', { name: words.chat.earlier }).count()).toBe(0);
    expect(await page.locator('article.user .bubble').first().innerText()).toBe('Question 0');
    await expectSoundEverywhere(page, 'the whole of a long conversation');
    await page.locator('#composer').waitFor();

    const total = async () =>
      (await person.call<{ total_images: number }>('GET', '/images')).body.total_images;
    await eventually(async () => ((await total()) === 60 ? true : undefined));
    await page.goto(`${salon().url}/images`);
    await expectSoundEverywhere(page, 'a full library');
    const seen: number[] = [];
    for (let more = true; more;) {
      seen.push(await page.locator('.tiles a.tile').count());
      const next = page.locator('a[rel=next]');
      more = (await next.count()) > 0;
      if (more) await Promise.all([page.waitForEvent('load'), next.click()]);
    }
    expect(seen).toEqual([24, 24, 12]);

    await page.goto(`${salon().url}/history`);
    await expectSoundEverywhere(page, 'a full history');
    const entries = new Set<string>();
    for (let more = true; more;) {
      for (const link of await page.locator('a.entry').all())
        entries.add((await link.getAttribute('href')) ?? '');
      const next = page.locator('a[rel=next]');
      more = (await next.count()) > 0;
      if (more) await Promise.all([page.waitForEvent('load'), next.click()]);
    }
    // 100 questions, and ten images in each of six rows.
    expect(entries.size).toBe(106);
  }, 120_000);

  it('teaches where there is nothing yet', async () => {
    const { page } = await open({ account: 'Newcomer' });
    for (const path of ['/', '/conversations', '/images', '/history']) {
      await page.goto(salon().url + path);
      await expectSoundEverywhere(page, `an empty ${path}`);
    }
    await page.goto(`${salon().url}/history`);
    await page.locator('.empty').getByRole('link', { name: words.app.new_chat }).click();
    await page.waitForURL(`${salon().url}/`);
    await page.locator('.suggestions button').first().click();
    await page.waitForSelector(finished);
  });
});
