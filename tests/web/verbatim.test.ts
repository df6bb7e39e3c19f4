import { expect, it } from 'vitest';
import { createVerbatim } from '../../src/web/verbatim.ts';

const long = (text: string) => text.repeat(Math.ceil(2000 / text.length));

it('puts long and short pieces where they were asked for, in any order, also twice', () => {
  const { verbatim, toBytes } = createVerbatim().open();
  const first = verbatim(long('<p>ünï 😀</p>'));
  const second = verbatim(long('second;'));
  const page = `…${second}<hr>${verbatim('short')}${first};${second}`;
  expect(page.length).toBeLessThan(300);
  expect(toBytes(page).toString()).toBe(
    `…${long('second;')}<hr>short${long('<p>ünï 😀</p>')};${long('second;')}`,
  );
});

it('gives a page without long pieces as it is', () => {
  expect(createVerbatim().open().toBytes('<h1>Only; this</h1>').toString()).toBe('<h1>Only; this</h1>');
});

it('knows the marks of no other server, so that a text cannot bring one along', () => {
  const foreign = createVerbatim().open().verbatim(long('theirs'));
  const { verbatim, toBytes } = createVerbatim().open();
  expect(toBytes(`${foreign}${verbatim(long('ours'))}`).toString()).toBe(`${foreign}${long('ours')}`);
});
