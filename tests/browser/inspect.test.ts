import { expect, it } from 'vitest';
import { inBrowser } from '../support/browser.ts';
import { expectSoundEverywhere } from './inspect.ts';

const pageWith = (content: string) =>
  `<!doctype html><html lang="en"><title>A page</title><main><h1>A page</h1>${content}</main></html>`;

inBrowser('the check of a page', {}, ({ open }) => {
  it.each([
    ['an image without a text', '<img src="data:," width="9" height="9">', /image-alt/],
    [
      'text that is hard to see',
      '<p style="color: #ccc; background: #fff">Faint words</p>',
      /color-contrast/,
    ],
    ['a second h1', '<h1>Another</h1>', /one h1/],
    ['what is too wide for a phone', '<div style="width: 700px">Wide</div>', /scrolls sideways/],
  ])('finds %s, and nothing in a sound page', async (_what, fault, finding) => {
    const { page } = await open();
    await page.setContent(pageWith('<p>Words</p>'));
    await expectSoundEverywhere(page, 'sound');
    await page.setContent(pageWith(fault));
    await expect(expectSoundEverywhere(page, 'faulty')).rejects.toThrow(finding);
  });
});
