import { expect, it } from 'vitest';
import { jsonElements } from '../../src/conversation-import/archive/json-elements.ts';

async function read(text: string | Buffer, cut: number, maxBytes = 1_000_000) {
  const bytes = Buffer.from(text);
  async function* chunks() {
    // One piece of memory for all, as a reader that uses its buffer again has.
    const memory = Buffer.alloc(cut);
    for (let at = 0; at < bytes.length; at += cut) {
      const length = bytes.copy(memory, 0, at, at + cut);
      yield memory.subarray(0, length);
    }
  }
  const found: unknown[] = [];
  const elements = jsonElements(chunks(), maxBytes);
  for (;;) {
    const next = await elements.next();
    if (next.done) return { found, end: next.value };
    found.push('bytes' in next.value ? JSON.parse(next.value.bytes.toString('utf8')) : next.value.tooLarge);
  }
}

const values = [
  { title: 'a "quoted" ] } , text \\', list: [1, [2, { deep: '[' }]] },
  { emoji: '👩‍👩‍👧 ü', escaped: '\u0000\\"' },
  [],
  {},
  'plain, text]',
  12.5,
  null,
  true,
];

it.each([1, 2, 3, 7, 64, 4096])(
  'cuts an array into its elements, read by %i bytes at a time',
  async (cut) => {
    for (const text of [
      JSON.stringify(values),
      JSON.stringify(values, null, 2),
      `\ufeff ${JSON.stringify(values)}\n`,
    ])
      expect(await read(text, cut)).toEqual({ found: values, end: 'complete' });
  },
);

it.each([1, 5, 4096])('takes an object as its only element, read by %i bytes at a time', async (cut) => {
  expect(await read(` ${JSON.stringify(values[0])} `, cut)).toEqual({ found: [values[0]], end: 'complete' });
});

it('gives what was whole before the text breaks off', async () => {
  const text = JSON.stringify(values);
  expect(await read(text.slice(0, 90), 10)).toEqual({ found: [values[0]], end: 'cut_off' });
  expect((await read('[{"a": "b', 3)).end).toBe('cut_off');
});

it('passes over an element beyond the limit and goes on after it', async () => {
  const list = [{ a: 1 }, { long: 'x'.repeat(5000) }, { b: 2 }];
  const { found, end } = await read(JSON.stringify(list), 100, 1000);
  expect(found).toEqual([{ a: 1 }, JSON.stringify(list[1]).length, { b: 2 }]);
  expect(end).toBe('complete');
});

it('says of other texts that they are none', async () => {
  for (const text of ['', '   ', 'hello', '<html>', '7']) expect((await read(text, 4)).end).toBe('not_json');
  expect((await read('[1] [2]', 4)).end).toBe('not_json');
  expect(await read('[]', 1)).toEqual({ found: [], end: 'complete' });
});
