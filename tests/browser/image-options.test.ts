import { afterAll, expect, it } from 'vitest';
import { inBrowser } from '../support/browser.ts';
import { json, startModelServer, type ModelServer } from '../support/model-server.ts';

let models: ModelServer;

async function settings() {
  models = await startModelServer();
  models.setModels({
    data: ['gpt-image-1-mini', 'gpt-image-2', 'dall-e-3', 'gpt-4o'].map((id) => ({ id })),
  });
  return { OPENAI_BASE_URL: models.baseUrl, OPENAI_API_KEY: 'sk-test-1234567890' };
}

afterAll(() => models.close());

inBrowser('the options of an image', settings, ({ open, salon }) => {
  it('follow the model, and keep what was chosen as far as it takes that', async () => {
    const { page } = await open({ account: 'Chooser' });
    await page.goto(`${salon().url}/images?model=gpt-image-2`);
    await page.fill('[name=n]', '3');
    await page.fill('[name=compression]', '60');
    await page.selectOption('[name=format]', 'webp');
    await page.selectOption('[name=moderation]', 'low');
    await page.selectOption('[name=background]', { label: 'Transparent (preview)' });
    await page.selectOption('[name=model]', 'gpt-image-1-mini');
    await page
      .locator('[name=background] option', { hasText: /^Transparent$/ })
      .waitFor({ state: 'attached' });
    const chosen = ['n', 'compression', 'format', 'moderation', 'background'].map((name) =>
      page.inputValue(`[name=${name}]`),
    );
    expect(await Promise.all(chosen)).toEqual(['3', '60', 'webp', 'low', 'transparent']);
    await page.selectOption('[name=model]', 'dall-e-3');
    await page.locator('[name=compression]').waitFor({ state: 'detached' });
    expect(await page.locator('[name=moderation], [name=n]').count()).toBe(0);
  });

  it('tell in the language of the person what does not go together, and that an image is opaque', async () => {
    const narrow = { width: 360, height: 740 };
    const { page, tolerate } = await open({ account: 'Wähler', locale: 'de-DE', viewport: narrow });
    tolerate(/status of 422/);
    models.script(({ request, response }) => {
      if (request.body['background'] !== 'transparent') return false;
      json(response, 400, { error: { message: 'Unsupported.', param: 'background' } });
      return true;
    });
    await page.goto(`${salon().url}/images?model=gpt-image-2`);
    await page.fill('#prompt', 'Ein gläsernes Boot');
    await page.selectOption('[name=background]', 'transparent');
    await page.fill('[name=compression]', '60');
    await page.click('#image-form button.primary');
    const problem = page.locator('#compression-error');
    expect(await problem.textContent()).toContain('Nur JPEG und WebP werden komprimiert.');
    expect(await page.getAttribute('#compression', 'aria-describedby')).toBe('compression-error');
    await page.selectOption('[name=format]', 'webp');
    await page.click('#image-form button.primary');
    await page.locator('a.tile').first().click();
    await page.getByText('deshalb ist das Bild deckend').waitFor();
    await page.goto(`${salon().url}/images?model=gpt-image-2`);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
  });
});
