import { randomUUID } from 'node:crypto';

/** Shorter HTML costs less inside the string than beside it. */
const MIN_LENGTH = 1000;

/** Puts long HTML into a page as it is. */
export type Verbatim = (html: string) => string;

/**
 * A page is rendered as one string, and V8 copies a long string twice before it can be sent: 4 ms for 450 kB, most of the
 * cost of a long conversation. Long HTML stays outside: the template gets a mark in its place, which nobody else can
 * write, and the page is put together as bytes.
 */
export function createVerbatim(): { open(): { verbatim: Verbatim; toBytes(page: string): Buffer } } {
  const mark = randomUUID();
  return {
    open() {
      const kept: string[] = [];
      return {
        verbatim: (html) => (html.length < MIN_LENGTH ? html : `${mark}${kept.push(html) - 1};`),
        toBytes(page) {
          const [head = '', ...rest] = page.split(mark);
          const parts = rest.flatMap((text) => {
            const end = text.indexOf(';');
            return [kept[Number(text.slice(0, end))] ?? '', text.slice(end + 1)];
          });
          return Buffer.concat([head, ...parts].map((part) => Buffer.from(part)));
        },
      };
    },
  };
}
