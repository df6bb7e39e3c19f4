import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  commonPrefixLength,
  createTextIntake,
  escapeHtml,
  excerpt,
  normalizeText,
  titleOf,
  withoutMarks,
} from '../../src/lib/text.ts';

const awkward = fc
  .array(fc.constantFrom('a', 'é', '😀', '\ud83d', '\ude00', '\r', '\n', '\r\n', '\0', ' '), {
    maxLength: 30,
  })
  .map((parts) => parts.join(''));

describe('text that arrives in pieces', () => {
  it('is normalised as if it had come whole', () => {
    fc.assert(
      fc.property(awkward, fc.integer({ min: 1, max: 5 }), (text, size) => {
        const intake = createTextIntake();
        let joined = '';
        for (let at = 0; at < text.length; at += size) joined += intake.accept(text.slice(at, at + size));
        expect(joined + intake.end()).toBe(normalizeText(text));
      }),
    );
  });

  it('has one kind of line end, no NUL and no half characters', () => {
    expect(normalizeText('a\r\nb\rc\0\ud83d\u{1f600}')).toBe('a\nb\nc\ufffd\ufffd\u{1f600}');
  });
});

describe('the common beginning of two texts', () => {
  it('never ends inside a character, however long the texts are', () => {
    expect(commonPrefixLength('ab😀', 'ab😁')).toBe(2);
    expect(commonPrefixLength('x'.repeat(2000) + 'a', 'x'.repeat(2000) + 'b')).toBe(2000);
    expect(commonPrefixLength('', 'a')).toBe(0);
  });
});

describe('an excerpt', () => {
  it('is one line without controls and direction overrides', () => {
    expect(excerpt('  a\n\tb \u202e c\u0007 ', 50)).toBe('a b c');
  });

  it('keeps its limit, cuts at a word and says that something is missing', () => {
    expect(excerpt('one two three four', 12)).toBe('one two…');
    expect(excerpt('x'.repeat(100_000), 20)).toBe('x'.repeat(19) + '…');
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => excerpt(text, 10).length <= 10));
  });

  it('never cuts through a visible character', () => {
    expect(excerpt('👨‍👩‍👧👨‍👩‍👧👨‍👩‍👧', 18)).toBe('👨‍👩‍👧👨‍👩‍👧…');
  });
});

describe('a title', () => {
  it('is the first line with words in it, without marks', () => {
    expect(titleOf('\n---\n## **Trip** to `Rome` ##\nmore')).toBe('Trip to Rome');
    expect(titleOf('- 1. see [the *plan*](https://example.com)')).toBe('see the plan');
    expect(titleOf('```ts\nconst some_name = 2*3')).toBe('const some_name = 2*3');
  });

  it('is empty for an empty text', () => {
    expect(titleOf(' \n ')).toBe('');
  });
});

it('escapes text for content and for attributes', () => {
  expect(escapeHtml(`<a b="c" d='e'>&amp;`)).toBe('&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;amp;');
});

describe('Markdown as plain words', () => {
  it.each([
    ['## A *small* **program**', 'A small program'],
    ['- one\n- [x] two\n1. three', 'one two three'],
    ['```python\nprint(1)\n```\nend', 'print(1) end'],
    ['see [the page](https://example.org/a) and `code`', 'see the page and code'],
    ['| a | b |\n|---|:-:|\n| 1 | 2 |', 'a b 1 2'],
    ['> quoted\n\n2 * 3 and snake_case_name', 'quoted 2 * 3 and snake_case_name'],
  ])('loses its marks: %j', (markdown, plain) => {
    expect(excerpt(withoutMarks(markdown), 200)).toBe(plain);
  });

  it('takes hostile text in time that grows with its length only', () => {
    for (const mark of ['*', '_', '`', '[', '|', '-', '#', '>', '~', '![', ' ', '\n', '  \n', '- \n'])
      expect(withoutMarks(mark.repeat(200_000)).length).toBeLessThanOrEqual(200_000 * mark.length);
  }, 15_000);
});
