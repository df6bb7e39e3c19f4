/** A text with every kind of block, and characters that are cut in two by short pieces. */
export const story = `# Lighthouses 😀

A lighthouse is a **tower** with a *lamp*, see [the list][1] and \`code\`.
It has two lines, and a formula $a^2 + b^2$.

- first point
- second point with 👩‍👩‍👧 people
  - inner point

1. one
2. two

> A quote that
> goes on

| Name | Height |
| --- | --- |
| Pharos | 100 m |
| Bell Rock | 35 m |

\`\`\`js
function shine(angle) {
  return \`beam at \${angle}\`;
}
\`\`\`

$$
\\int_0^1 x\\,dx = \\frac{1}{2}
$$

Setext heading
--------------

The end, with trailing words of some length so that the last block is open for a while: über Flüsse und Meere.

[1]: https://example.org/list
`;

/** The text in pieces of 1 to 7 UTF-16 units, by a fixed sequence. */
export function piecesOf(text: string): string[] {
  const pieces: string[] = [];
  for (let at = 0, step = 3; at < text.length; at += step, step = ((step * 5 + at) % 7) + 1)
    pieces.push(text.slice(at, at + step));
  return pieces;
}
