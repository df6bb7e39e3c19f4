// Texts that the scripted model server answers with, by name: a usual answer, and the worst Markdown that is known.

const story = `# Lighthouses

A lighthouse is a **tower** with a *lamp*, see [the list](https://example.org/list) and \`code\`. It has two lines
of text and more, as an answer has, with a formula $a^2 + b^2$ in the middle of them.

- first point about the lamp
- second point about the stone, with \`a name\`
  - inner point

1. one thing to do
2. another thing to do

> A quote that goes on for a line.

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

`;

/** Makes line after line of a kind that differs from line to line. */
const lines = (lineOf) => (bytes) => {
  const made = [];
  for (let length = 0, i = 0; length < bytes; i += 1) {
    made.push(lineOf(i));
    length += made[i].length + 1;
  }
  return made.join('\n');
};
const again = (seed) => (bytes) => seed.repeat(Math.ceil(bytes / seed.length));

/** What each kind is called in the table, and how much of it is made. */
export const hostile = {
  quotes: ['nested quotes', lines((i) => `${'> '.repeat((i % 90) + 1)}a`)],
  lists: ['nested lists', lines((i) => `${'  '.repeat(i % 90)}- a`)],
  brackets: ['brackets', (bytes) => '['.repeat(bytes / 2) + ']('.repeat(bytes / 4)],
  emphasis: ['emphasis', again('*a_ **b __c* ~~d ')],
  formulas: ['formulas', again('$\\frac{\\sqrt{x_1^2}}{\\sum_{i=0}^n a_i}$ ')],
  blocks: [
    'formula blocks',
    again('$$\n\\begin{pmatrix} a & b \\\\ c & d \\end{pmatrix}^{\\sqrt{2}}\n$$\n\n'),
  ],
  table: ['one line of table', (bytes) => tableOf(bytes, 1)],
  rows: ['many lines of table', (bytes) => tableOf(bytes, 2000)],
  definitions: ['links and definitions', lines((i) => `[a${i}]: /b${i} "c"\n[a${i}][a${i}] [x](`)],
  addresses: ['addresses', again('https://a.b/(_*( www.a.b/[ ')],
  code: ['code in long lines', (bytes) => `\`\`\`js\n${again('let a=f("b<c>",1)||/d/;')(bytes)}`],
  ticks: ['backticks', lines((i) => `${'`'.repeat((i % 150) + 1)} a`)],
  html: ['HTML and entities', again('<a b="c" <!-- &#x26; <div x=\'')],
};

const usual = { story: again(story) };

/** @returns about so many bytes of the text of that name, whose end is cut as it comes */
export function textOf(name, bytes) {
  const make = usual[name] ?? hostile[name]?.[1];
  if (!make) throw new Error(`no text is called ${name}`);
  return make(bytes).slice(0, bytes);
}

/** A table of so many columns of two characters that head, rule and rows have the length together. */
function tableOf(bytes, rows) {
  const columns = Math.floor(bytes / (rows + 2) / 2);
  return ['|a', '|-', ...Array.from({ length: rows }, () => '|b')]
    .map((cell) => `${cell.repeat(columns)}|`)
    .join('\n');
}
