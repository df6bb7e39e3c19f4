import { expect, it } from 'vitest';
import words from '../../src/web/locales/en.json' with { type: 'json' };
import type { ExchangeJson } from '../support/chat.ts';
import { expectSoundEverywhere } from './inspect.ts';
import { ask, askOnPlainPhone, finished, personOf, withModels } from './scenes.ts';

withModels('comparing versions', ({ open, salon }) => {
  it('leads from the arrows to two versions side by side, and back', async () => {
    const { page } = await open({ account: 'Differ', viewport: { width: 1280, height: 800 } });
    await ask(page, 'Why do herons stand on one leg? [[n=3]]');
    await page.waitForSelector(finished);
    const person = await personOf(page, salon().url);
    const [, id = ''] = /conversations\/(\w+)/.exec(page.url()) ?? [];
    const first = (await person.read(id)).messages[0]?.id ?? '';
    for (const text of ['Why do tall cranes stand on one leg? [[n=3]]', 'Do gulls? [[n=3]]'])
      await person.call<ExchangeJson>('POST', `/messages/${first}/edit`, { content: text });
    await page.reload();
    await page.locator('.user').getByRole('link', { name: words.comparison.open_page }).click();
    await page.waitForURL(/\/compare\?/);
    await page.selectOption('#compare-one', { index: 0 });
    await page.selectOption('#compare-other', { index: 1 });
    await page.getByRole('button', { name: words.comparison.compare }).click();
    await page.locator('ins', { hasText: 'tall cranes' }).waitFor();
    expect(await page.locator('del').textContent()).toContain('herons');
    const tops = await page
      .locator('.comparison-side')
      .evaluateAll((sides) => sides.map((side) => side.getBoundingClientRect().top));
    expect(tops[0]).toBe(tops[1]);
    await expectSoundEverywhere(page, 'comparison');
    await page.getByRole('link', { name: words.branches.back }).click();
    await page.waitForURL(/\?at=/);
  });

  it('puts one version under the other on a phone, without scripts', async () => {
    const page = await askOnPlainPhone({ open }, 'Plain', 'How tall is it? [[n=2]]');
    const person = await personOf(page, salon().url);
    const [, id = ''] = /conversations\/(\w+)/.exec(page.url()) ?? [];
    const [question] = (await person.read(id)).messages;
    await person.call('POST', `/messages/${question?.id ?? ''}/edit`, { content: 'How wide is it? [[n=2]]' });
    await page.goto(`${salon().url}/conversations/${id}/branches`);
    await page
      .getByRole('link', { name: /^Compare/ })
      .first()
      .click();
    const boxes = await page.locator('.comparison-side').all();
    const [above, below] = [await boxes[0]?.boundingBox(), await boxes[1]?.boundingBox()];
    expect((above?.y ?? 0) + (above?.height ?? 0)).toBeLessThanOrEqual(below?.y ?? 0);
    expect(await page.locator('del').textContent()).toContain('tall');
  });
});
