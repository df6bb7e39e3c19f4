import { expect, it } from 'vitest';
import words from '../../src/web/locales/en.json' with { type: 'json' };
import { expectSoundEverywhere } from './inspect.ts';
import { json } from '../support/model-server.ts';
import { ask, finished, personOf, withModels } from './scenes.ts';

withModels('a model that thinks', ({ open, salon }, models) => {
  it('is shown at it in one quiet line, then with its answer, its thought folded', async () => {
    const { page } = await open({ account: 'Thinker', permissions: ['clipboard-read', 'clipboard-write'] });
    await ask(page, 'Question [[n=3 thoughts=24 tps=6]]');
    const line = page.locator('[data-waiting-text]');
    await expect.poll(() => line.innerText()).toMatch(/^Thinking, 0:0[1-4] · Step \d+$/);
    await expectSoundEverywhere(page, 'a model at its thoughts');
    expect(await page.locator('#announcer').innerText()).not.toContain('Thinking');
    await page.waitForSelector(finished, { timeout: 30_000 });
    const fold = page.locator('details.thinking');
    expect(await fold.locator('summary').innerText()).toMatch(/^Thought for \d seconds$/);
    expect(await fold.locator('.thinking-text').isVisible()).toBe(false);
    await fold.locator('summary').focus();
    await page.keyboard.press('Enter');
    expect(await fold.locator('.thinking-text').innerText()).toContain('thöught 23');
    await expectSoundEverywhere(page, 'a thought');
    await page.locator('[data-copy-message]').click();
    const copied = () => page.evaluate(() => navigator.clipboard.readText());
    await expect.poll(copied).toBe('wört0 wört1 wört2');
  });

  it('can be read without scripts', async () => {
    const { page } = await open({ account: 'Plain', javaScriptEnabled: false });
    await page.fill('#content', 'Question [[n=1 thoughts=300]]');
    await page.click('[name=send]');
    await expect.poll(() => page.reload().then(() => page.locator(finished).count())).toBe(1);
    await page.locator('details.thinking summary').click();
    expect(await page.locator('.thinking-text').innerText()).not.toContain('thöught 299');
    await page.getByRole('link', { name: words.chat.thought_whole }).click();
    expect(await page.locator('details.thinking[open] .thinking-text').innerText()).toContain('thöught 299');
  });

  it('says that a server loads its model', async () => {
    const { page } = await open({ account: 'Loader' });
    await ask(page, 'Question [[err=503 message=Loading_model times=2 n=2]]');
    await page.locator('[data-waiting-text]').getByText(words.waiting.loading).waitFor();
    await page.waitForSelector(finished, { timeout: 30_000 });
    expect(await page.locator('.callout:visible').count()).toBe(0);
  });

  it('shows administrators what it refuses, who can have that forgotten', async () => {
    const { page } = await open({ account: 'Thinker' });
    models().script(({ request, response }) => {
      if (request.body['temperature'] === undefined) return false;
      const message = "Unsupported value: 'temperature' does not support 0.7 with this model.";
      json(response, 400, { error: { message, param: 'temperature' } });
      return true;
    });
    const person = await personOf(page, salon().url);
    const { id } = await person.begin({ title: 'Warm' });
    await person.call('PATCH', `/conversations/${id}`, { parameters: { temperature: 0.7 } });
    const { reply } = await person.ask(id, 'Hello [[n=1]]');
    expect((await person.ended(id, reply.id)).status).toBe('complete');
    await page.goto(`${salon().url}/admin/models`);
    await page.getByText('does not support 0.7').waitFor();
    await expectSoundEverywhere(page, 'the models of the administration');
    await page.getByRole('button', { name: 'Forget that gpt-4o-mini refuses temperature' }).click();
    await page.getByText(words.models.nothing_learned).waitFor();
  });
});
