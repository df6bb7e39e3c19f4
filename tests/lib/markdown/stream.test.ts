import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { catchUp, createMarkdownStream, type StreamEvent } from '../../../src/lib/markdown/stream.ts';
import type { StreamLimits } from '../../../src/lib/markdown/limits.ts';
import { renderMarkdown } from '../../../src/lib/markdown/markdown.ts';
import { normalizeText } from '../../../src/lib/text.ts';
import { stateAt } from './state-at.ts';

type Reader = { position: number; blocks: string[]; tail: string };

const newReader = (): Reader => ({ position: 0, blocks: [], tail: '' });

function read(reader: Reader, events: readonly StreamEvent[]): void {
  for (const event of events) {
    if (event.type === 'block') {
      reader.blocks.push(event.html);
      reader.tail = '';
    } else {
      expect(event.keep).toBeLessThanOrEqual(reader.tail.length);
      reader.tail = reader.tail.slice(0, event.keep) + event.html;
    }
    reader.position = event.id;
  }
}

const htmlOf = ({ blocks, tail }: Reader) => blocks.join('') + tail;
const copyOf = (reader: Reader): Reader => ({ ...reader, blocks: [...reader.blocks] });

/** Feeds the pieces and returns what the reader had after every single event. */
function follow(pieces: readonly string[], limits?: StreamLimits) {
  const stream = createMarkdownStream(limits);
  const reader = newReader();
  const states: Reader[] = [];
  const step = () => {
    while (!stream.isCurrent())
      for (const event of stream.advance()) {
        read(reader, [event]);
        states.push(copyOf(reader));
      }
  };
  for (const piece of pieces) {
    stream.push(piece);
    step();
  }
  stream.end();
  step();
  return { stream, reader, states };
}

const fragments = [
  'word', 'two words', 'a', 'b c', 'Z.', 'x,', ' ', ' ', ' ', '\n', '\n', '\n', '\n\n', '\n\n', '\n\n\n', '\t', '    ', '  ', '  \n', '\\\n',
  '# h', '#', '## x ##', '- ', '- a\n', '* ', '+ b', '-', '1. ', '1.', '2) ', '12', '10. x\n', '- a\n  - b\n', '- a\n\n  b\n', '  ', '   c\n',
  '> ', '>', '> q\n', '>> r\n', '> - s\n', '===', '---', '--', '=', '***', '* * *', '___',
  '```', '```js\n', '````', '~~~', '~~~\n', '``', '`', '`c`', 'const a = 1; // x\n', '"', "'",
  '|', '| a | b |\n', '|--', '|---|---|', '|---|---|\n', '| 1 | 2 |\n', 'a|b\n', '-|-\n', ':-:',
  '$$', '$$\n', '$$x$$', '$x$', '$', '\\[', '\\]', '\\[ x \\]', '\\(', '\\)', '\\[\nx^2\n\\]\n', '$$\ny\n$$.\n',
  '<b>', '<div>', '</div>\n', '<!--', '-->', '<https://a.b>', 'https://a.b/c', 'http:', '//', '&amp;', '&', 'amp;', '&#65;',
  '**', '*', '_', '~~', '**b**', '*i*', '[', ']', '(', ')', '[l](https://e.f)', '![p](https://g.h/i)', '](', '![', '\\',
  '- [ ] t\n', '- [x] ', '[x]', ':', ': ', '.', '!', '\u00e9', '\u4f60\u597d', '\u{1f600}', '\u{1f468}\u200d\u{1f469}', '\u00a0', '\u3000', '\0', '\r\n', '\r', '\ud83d', '\ude00', '\f',
  'const x = 1;\nfunction f() {}\n'.repeat(6),
] as const; // prettier-ignore
const definitions = [
  '[n]: https://x.y\n',
  '[n]',
  '[n]:',
  '[n]:\n',
  '[m]: /u "t"\n',
  "[o]: <https://z.z>\n'",
  "[o]: https://z.z\n't",
  '\n[m][n]',
  '[o]: ',
];

const source = (parts: readonly string[]) =>
  fc
    .array(
      fc.oneof(
        { arbitrary: fc.constantFrom(...parts), weight: 20 },
        { arbitrary: fc.string({ maxLength: 3 }), weight: 1 },
      ),
      { maxLength: 40 },
    )
    .map((list) => list.join(''));
const plain = source(fragments).filter((text) => !/\]:/.test(text));
const anything = source([...fragments, ...definitions, ...definitions, ...definitions]);

/** A text with two ways to cut it into pieces. */
const withCuts = (text: fc.Arbitrary<string>) =>
  fc.record({ whole: text, first: sizesUpTo(12), second: sizesUpTo(60) });

const sizesUpTo = (max: number) => fc.array(fc.integer({ min: 1, max }), { minLength: 1, maxLength: 12 });

function cut(text: string, sizes: readonly number[]): string[] {
  const pieces: string[] = [];
  for (let at = 0, index = 0; at < text.length; index += 1) {
    const size = sizes[index % sizes.length] ?? 1;
    pieces.push(text.slice(at, at + size));
    at += size;
  }
  return pieces;
}

/** With small ones every text reaches them; what the standard ones are for is far longer than a random text. */
const limitsTried: [string, StreamLimits | undefined][] = [
  ['within its limits', undefined],
  ['in small steps', { openBlock: 1e6, openCode: 1e6, step: 25, total: 1e6 }],
  ['with an open block beyond its limit', { openBlock: 120, openCode: 230, step: 40, total: 1e6 }],
  ['beyond the limit of the whole', { openBlock: 300, openCode: 230, step: 60, total: 400 }],
];

const RUNS = Number(process.env.MARKDOWN_RUNS ?? 300);

describe('a Markdown text that grows', () => {
  it('ends as the same HTML as the text rendered whole', () => {
    fc.assert(
      fc.property(withCuts(plain), ({ whole, first }) => {
        const { reader, stream } = follow(cut(whole, first));
        expect(stream.text()).toBe(normalizeText(whole));
        expect(htmlOf(reader)).toBe(renderMarkdown(whole.replace(/[ \t\r\n]+$/, '')));
      }),
      { numRuns: RUNS },
    );
  }, 120_000);

  it.each(limitsTried)(
    'is the same at equal ids however it was cut, %s',
    (_name, limits) => {
      fc.assert(
        fc.property(withCuts(anything), ({ whole, first, second }) => {
          const one = follow(cut(whole, first), limits);
          const two = follow(cut(whole, second), limits);
          const final = normalizeText(whole);
          for (const state of [...one.states, ...two.states]) {
            const known = stateAt(final, state.position, limits);
            expect({ at: state.position, blocks: known?.blocksHtml, tail: known?.tailHtml }).toEqual({
              at: state.position,
              blocks: state.blocks,
              tail: state.tail,
            });
          }
          expect(htmlOf(one.reader)).toBe(htmlOf(two.reader));
        }),
        { numRuns: RUNS },
      );
    },
    120_000,
  );

  it.each(limitsTried)(
    'brings a reader from any id that it ever sent to the same end, %s',
    (_name, limits) => {
      fc.assert(
        fc.property(withCuts(anything), ({ whole, first }) => {
          const stream = createMarkdownStream(limits);
          const reader = newReader();
          const states: Reader[] = [newReader()];
          for (const piece of [...cut(whole, first), '']) {
            stream.push(piece);
            while (!stream.isCurrent())
              for (const event of stream.advance()) {
                read(reader, [event]);
                states.push(copyOf(reader));
              }
            for (const state of states.slice(-12)) {
              const back = copyOf(state);
              const events = catchUp(stream.snapshot(), state.position);
              expect(events).toBeDefined();
              read(back, events ?? []);
              expect({ from: state.position, blocks: back.blocks.join(''), tail: back.tail }).toEqual({
                from: state.position,
                blocks: reader.blocks.join(''),
                tail: reader.tail,
              });
            }
          }
          for (const state of states) {
            read(state, catchUp(stream.snapshot(), state.position) ?? []);
            expect(htmlOf(state)).toBe(htmlOf(reader));
          }
          // One event may stand for several blocks: a reader that has some of them takes the rest.
          const { blocks } = stream.snapshot();
          let had = 0;
          for (const event of catchUp(stream.snapshot(), 0) ?? [])
            if (event.type === 'block') {
              const inside = blocks.filter(({ end }) => end > had && end <= event.id);
              expect(event.html).toBe(inside.map(({ html }) => html).join(''));
              expect((event.cuts ?? []).map(([id]) => id)).toEqual(inside.slice(0, -1).map(({ end }) => end));
              for (const [id, length] of event.cuts ?? []) {
                const rest = inside.filter(({ end }) => end > id);
                expect(event.html.slice(length)).toBe(rest.map(({ html }) => html).join(''));
              }
              had = event.id;
            }
        }),
        { numRuns: RUNS },
      );
    },
    120_000,
  );
});
