import fc from 'fast-check';
import { expect, it } from 'vitest';
import { familyOf } from '../../src/provider/images/families.ts';
import { withoutServerArguments } from '../../src/provider/images/prompt.ts';
import { edgesOf, fitSize, type SizeRule } from '../../src/provider/images/free-size.ts';

const rule: SizeRule = familyOf('gpt-image-2').freeSizes ?? expect.fail('it paints any size');
const fit = (size: string) => fitSize(size, rule);

it.each([
  ['1024x1024', '1024x1024'],
  ['3840x2160', '3840x2160'],
  ['1000x700', '1008x704'],
  ['2160x3840', '2160x3840'],
  ['9999x9999', '2880x2880'],
  ['4000x500', '2448x816'],
  ['16x16', '816x816'],
])('%s becomes %s', (asked, given) => expect(fit(asked)).toBe(given));

it.each(['', 'auto', 'x', '0x5', '-1x5', '1e3x5', '100000x5', '5X5'])('"%s" is no size', (size) => {
  expect(fit(size)).toBeUndefined();
});

it('gives for every size one that the model takes, and that itself when it takes it', () => {
  const edge = fc.integer({ min: 1, max: 99_999 });
  fc.assert(
    fc.property(edge, edge, (width, height) => {
      const size = fit(`${width}x${height}`) ?? expect.fail('no size');
      const { width: w, height: h } = edgesOf(size) ?? expect.fail('no edges');
      const [long, short] = [Math.max(w, h), Math.min(w, h)];
      expect([w % rule.step, h % rule.step]).toEqual([0, 0]);
      expect(long).toBeLessThanOrEqual(rule.maxEdge);
      expect(long / short).toBeLessThanOrEqual(rule.maxRatio);
      expect(w * h).toBeGreaterThanOrEqual(rule.minPixels);
      expect(w * h).toBeLessThanOrEqual(rule.maxPixels);
      expect(fit(size)).toBe(size);
      // Whichever way it lies.
      expect(fit(`${height}x${width}`)).toBe(width === height ? size : `${h}x${w}`);
    }),
    { numRuns: 2000 },
  );
});

it.each([
  ['gpt-image-1-mini', 'gpt-image-1-mini', 4, false],
  ['gpt-image-1.5', 'gpt-image', 4, false],
  ['gpt-image-2', 'gpt-image-2', 4, true],
  ['gpt-image-2-2026-04-21', 'gpt-image-2', 4, true],
  ['openai/gpt-image-2.5-flare', 'gpt-image-2.5', 6, true],
  ['gpt-image-2.6-sunburst', 'gpt-image-2.5', 6, true],
  ['chatgpt-image-latest', 'gpt-image', 4, false],
])('%s is of the family %s', (model, name, qualities, isFree) => {
  const family = familyOf(model);
  expect([family.name, family.qualities.length, family.freeSizes !== undefined]).toEqual([
    name,
    qualities,
    isFree,
  ]);
});

it.each([
  ['A fox', 'A fox'],
  ['A fox <sd_cpp_extra_args>{"seed": 1}</sd_cpp_extra_args>', 'A fox'],
  ['A <SD_CPP_EXTRA_ARGS>\n{}</sd_cpp_extra_args> fox', 'A  fox'],
  ['A fox <sd_cpp_<sd_cpp_extra_args>x</sd_cpp_extra_args>extra_args>{}</sd_cpp_extra_args>', 'A fox {}'],
  ['A fox <sd_cpp_extra_args>{}', 'A fox {}'],
])('"%s" is sent without arguments for the server', (prompt, sent) => {
  expect(withoutServerArguments(prompt)).toBe(sent);
});
