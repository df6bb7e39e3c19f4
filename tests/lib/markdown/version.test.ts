import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { RENDERER_VERSION, renderMarkdown } from '../../../src/lib/markdown/markdown.ts';
import { story } from '../../support/story.ts';

const sample = [
  story,
  '# One\n## Two\n###### Six\n\n***\n\n1. a\n   - b\n\n     c\n2) d\n\n> q\n>> r\n',
  '| l | c | r |\n|:-|:-:|-:|\n| `a` | $b$ | **c** |\n|  | <b> | \\| |\n',
  ...['ts', 'python', 'html', 'css', 'json', 'bash', 'sql', 'diff', 'nope', ''].map(
    (name) => `\`\`\`${name}\n<a href="x">let y = 1; # c\n\`\`\`\n`,
  ),
  '    indented\n\n~~~\nopen',
  '$$\n\\begin{matrix}a&b\\\\c&d\\end{matrix}\n$$\n\n\\[ \\sqrt{x} \\] \\(\\alpha\\) $\\nope$ $5 and $6\n',
  `${'> '.repeat(60)}deep\n\nend`,
  '- [x] done\n- [ ] open\n\n![p](https://a.b/c) [l](https://d.e "t") <https://f.g> https://h.i/j. a@b.cd\n',
  '~~s~~ *e* **b** ***x*** `c` \\* &amp; &copy; a\nb  \nc [r][1] [n]\n\n[1]: https://k.l\n[n]: javascript:x\n',
].join('\n\n');

it('has a new number when the HTML of a sample changes: then raise RENDERER_VERSION and note the new hash', () => {
  const hash = createHash('sha256').update(renderMarkdown(sample)).digest('hex').slice(0, 16);
  expect({ version: RENDERER_VERSION, hash }).toEqual({ version: 1, hash: 'c045c48d2e2bb12c' });
});
