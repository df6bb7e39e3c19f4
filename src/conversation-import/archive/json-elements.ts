import { createNesting } from './json-nesting.ts';

/** An element as its bytes, or how large one was that is beyond the limit. */
export type JsonElement = { index: number } & ({ bytes: Buffer } | { tooLarge: number });
/** How the text ended. */
export type JsonEnd = 'complete' | 'cut_off' | 'not_json';

/**
 * Cuts a JSON array into its elements while it is read, so that one of any size needs no more memory than its largest
 * element. A text that is an object is its only element. Only brackets and strings are looked at: each element still has
 * to be parsed. Returns how the text ended; what came before that is whole. `maxBytes` is the limit of one element.
 */
export async function* jsonElements(
  source: AsyncIterable<Buffer>,
  maxBytes: number,
): AsyncGenerator<JsonElement, JsonEnd> {
  const nesting = createNesting();
  const held = holdElement(maxBytes);
  for await (const chunk of source) {
    let start = held.isEmpty() ? -1 : 0;
    for (let at = 0; at < chunk.length; at++) {
      const place = nesting.next(chunk[at] ?? 0);
      if (place === 'wrong') return 'not_json';
      if (place === 'inside') {
        if (start < 0) start = at;
        continue;
      }
      // A number or a word has no bracket: it ends before what follows it.
      if (place === 'last') held.add(chunk.subarray(start < 0 ? at : start, at + 1));
      else if (start >= 0) held.add(chunk.subarray(start, at));
      start = -1;
      if (!held.isEmpty()) yield held.take();
    }
    // A copy, since the source may use its memory again.
    if (start >= 0) held.add(Buffer.from(chunk.subarray(start)));
  }
  const state = nesting.state();
  return state === 'before' ? 'not_json' : state === 'over' ? 'complete' : 'cut_off';
}

/** The pieces of one element; of one that is too large only the length. */
function holdElement(maxBytes: number) {
  let pieces: Buffer[] = [];
  let size = 0;
  let index = 0;
  return {
    isEmpty: () => size === 0,
    add(piece: Buffer): void {
      size += piece.length;
      if (size <= maxBytes) pieces.push(piece);
      else pieces = [];
    },
    take(): JsonElement {
      const content = size > maxBytes ? { tooLarge: size } : { bytes: Buffer.concat(pieces) };
      pieces = [];
      size = 0;
      return { index: index++, ...content };
    },
  };
}
