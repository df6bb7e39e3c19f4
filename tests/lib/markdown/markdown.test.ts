import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderMarkdown } from '../../../src/lib/markdown/markdown.ts';

/** Every tag and attribute that rendered Markdown may hold, MathML apart. */
const TAGS = new Set(
  'a blockquote br code div em figcaption figure h3 h4 h5 h6 hr input label li ol p pre s span strong table tbody td th thead tr ul'.split(
    ' ',
  ),
);
const ATTRIBUTES = new Set(
  'aria-labelledby checked class data-language disabled href rel role start tabindex target title type'.split(
    ' ',
  ),
);

function elementsOf(html: string): { tag: string; attributes: Map<string, string> }[] {
  const withoutMath = html.replace(/<math [\s\S]*?<\/math>/g, '');
  return [...withoutMath.matchAll(/<([a-z][a-z0-9]*)((?:\s[^<>]*)?)>/gi)].map(([, tag = '', rest = '']) => ({
    tag,
    attributes: new Map(
      [...rest.matchAll(/([^\s=]+)(?:="([^"]*)")?/g)].map(([, name = '', value = '']) => [name, value]),
    ),
  }));
}

function expectSafe(html: string): void {
  for (const { tag, attributes } of elementsOf(html)) {
    expect(TAGS).toContain(tag);
    for (const name of attributes.keys()) expect(ATTRIBUTES).toContain(name);
    const href = attributes.get('href');
    if (href !== undefined) expect(href).toMatch(/^(https?:\/\/|mailto:)/i);
    if (href?.startsWith('http')) expect(attributes.get('rel')).toBe('noopener noreferrer nofollow');
  }
  expect(html).not.toMatch(/<(script|img|iframe|style|svg|base|meta|form|object)\b/i);
}

describe('hostile Markdown', () => {
  it('shows HTML as text', () => {
    for (const text of [
      '<script>alert(1)</script>',
      '<img src=x onerror=alert(1)>',
      '<svg onload=alert(1)>',
      '<iframe srcdoc="x"></iframe>',
      '<math><mglyph><style><img src=x></style></mglyph></math>',
      '<base href=//x><meta http-equiv=refresh><form action=//x>',
      '<a href="javascript:1">x</a>',
      '<!-- <img src=x> -->',
      '`<b onclick=x>`\n\n    <script>\n\n```<script>\n<script>\n```',
    ])
      expectSafe(renderMarkdown(text));
    expect(renderMarkdown('<b>x</b>')).toBe('<p>&lt;b&gt;x&lt;/b&gt;</p>\n');
  });

  it('links to http, https and mailto only', () => {
    for (const address of [
      'javascript:alert(1)', 'JaVaScRiPt:alert(1)', 'java&#10;script:alert(1)', 'java\tscript:alert(1)', '&#106;avascript:alert(1)',
      'data:text/html,x', 'vbscript:x', 'blob:x', 'file:///etc/passwd', '//host/x', '\\\\host\\x', '/path', '#x', 'ftp://a.b/c',
    ]) {
      for (const text of [`[x](${address})`, `[x](<${address}>)`, `<${address}>`, `[x][r]\n\n[r]: ${address}`, `![x](${address})`]) {
        const html = renderMarkdown(text);
        expect(html).not.toMatch(/<a\b/);
        expectSafe(html);
      }
    } // prettier-ignore
    expect(renderMarkdown('[x](https://a.b "t")')).toContain(
      '<a href="https://a.b" title="t" target="_blank" rel="noopener noreferrer nofollow">x</a>',
    );
    expect(renderMarkdown('<a@b.cd>')).toContain('<a href="mailto:a@b.cd">');
  });

  it('never loads an image but names its host', () => {
    const html = renderMarkdown('![my <cat>](https://evil.example/p.png?secret=1)');
    expectSafe(html);
    expect(html).toContain(
      '<span class="external-image">my &lt;cat&gt; <a href="https://evil.example/p.png?secret=1"',
    );
    expect(html).toContain('>evil.example</a></span>');
    const inLink = renderMarkdown('[![i](https://a.b/c)](https://d.e)');
    expect(inLink.match(/<a /g)).toHaveLength(1);
  });

  it('leaves dangerous formulas inert and cheap', () => {
    for (const tex of [
      '\\href{javascript:alert(1)}{x}', '\\includegraphics{https://x/y.png}', '\\htmlData{a=b}{x}', '\\htmlStyle{color:red}{x}', '\\htmlId{a}{x}', '\\url{https://x}',
      '\\def\\a{\\a\\a}\\a', '\\fcolorbox{red}{blue}{x}', '\\pmb{x}', '\\text{<script>alert(1)</script>}', '\\unknown', '\\frac{1', `${'\\sqrt{'.repeat(900)}x`,
      `\\def\\a{${'x'.repeat(1500)}}${'\\a'.repeat(900)}`, '\\rule{9999em}{9999em}', 'x'.repeat(9000),
    ]) {
      for (const text of [`$${tex}$`, `\\(${tex}\\)`, `$$\n${tex}\n$$`]) {
        const html = renderMarkdown(text);
        expectSafe(html);
        expect(html.length).toBeLessThan(60_000);
        for (const math of html.match(/<math [\s\S]*?<\/math>/g) ?? []) expect(math).not.toMatch(/\s(href|src|id|style|on\w+|data-[a-z]+)="/);
      }
    } // prettier-ignore
  });

  it('does not let one formula change another', () => {
    renderMarkdown('$\\gdef\\alpha{changed}$');
    expect(renderMarkdown('$\\alpha+1$')).toContain('<mi>α</mi>');
  });

  it('stays safe for random texts', () => {
    const part = fc.constantFrom(
      '<', '>', '"', "'", '&', '`', '```', '\n', '\n\n', '[', ']', '(', ')', '!', '*', '_', '$', '$$', '\\', '\\(', '\\)', '|', '|-|-|\n', '- [ ] ', '# ', '> ', '~~~', 'javascript:', 'https://a.b', 'x', ' ', 'onclick=', 'style=', '<script>', '[x]: ', '\\href{', '}', 'html', '\0', '\u2028',
    ); // prettier-ignore
    fc.assert(
      fc.property(fc.array(part, { maxLength: 40 }), (parts) => expectSafe(renderMarkdown(parts.join('')))),
      { numRuns: 500 },
    );
  });

  it('gets through 100 kB of anything', () => {
    const seeds = [
      ...Array.from('*_[]`<>~$|\\-+#=&!(:/^ax '), '![', '[a](', '](', '[[a]]', '*a_', '> ', '- ', '1. ', '  - ', 'a\n', '\n', '\\(', '\\[', '$a', '$$ ', 'https://a.b/(', '|a\n|-\n', '```\n', '[a]: b\n', '- [ ] a\n', '&#', '<a b="', '😀', '$x$ ', '```cs\n', '\ud83d',
    ]; // prettier-ignore
    for (const seed of seeds) {
      const text = seed.repeat(Math.ceil(100_000 / seed.length));
      for (const whole of [text, `\`\`\`cs\n${text.slice(0, 39_000)}`])
        expect(renderMarkdown(whole).length).toBeLessThan(3_000_000);
    }
    expect(renderMarkdown(`\`\`\`cs\n${'a<b>\n'.repeat(6000)}\`\`\``)).toContain('hljs');
  }, 60_000);
});

describe('an answer', () => {
  it('keeps line breaks and puts headings below those of the page', () => {
    expect(renderMarkdown('a\nb')).toBe('<p>a<br>\nb</p>\n');
    expect(renderMarkdown('# a\n###### b\nc\n---')).toBe('<h3>a</h3>\n<h6>b</h6>\n<h3>c</h3>\n');
  });

  it('has code as a figure with its language, in colours when it is known', () => {
    expect(renderMarkdown('```ts\nlet a;\n```')).toBe(
      '<figure class="code" data-language="ts"><figcaption>ts</figcaption><pre tabindex="0"><code class="hljs language-ts">' +
        '<span class="hljs-keyword">let</span> a;\n</code></pre></figure>\n',
    );
    expect(renderMarkdown('    <x>')).toContain('data-language="text"');
    const odd = renderMarkdown(`\`\`\`"><b>${'y'.repeat(99)}\nlet a;\n\`\`\``);
    expectSafe(odd);
    expect(odd).toContain('<figcaption>&quot;&gt;&lt;b&gt;yyyyyyyyyyyyyyyyyyy</figcaption>');
    expect(renderMarkdown(`\`\`\`js\n${'let a;\n'.repeat(9000)}\`\`\``)).not.toContain('<span');
  });

  it('has tables that scroll by themselves, aligned by classes', () => {
    const html = renderMarkdown('a|b\n:-|-:\n1|2');
    expect(html).toContain(
      '<div class="table-scroll" role="group" tabindex="0" aria-labelledby="label-table"><table>',
    );
    expect(html).toContain('<td class="align-left">1</td>\n<td class="align-right">2</td>');
  });

  it('has tasks whose boxes are named by their text', () => {
    expect(renderMarkdown('- [x] a **b**\n- [ ] c')).toBe(
      '<ul>\n<li class="task"><label><input type="checkbox" disabled checked> a <strong>b</strong></label></li>\n' +
        '<li class="task"><label><input type="checkbox" disabled> c</label></li>\n</ul>\n',
    );
  });

  it('finds written addresses but no file names', () => {
    expect(renderMarkdown('see https://a.b/c.')).toContain(
      'rel="noopener noreferrer nofollow">https://a.b/c</a>.',
    );
    expect(renderMarkdown('main.rs setup.py a@b.cd')).not.toContain('<a');
  });

  it('understands all four ways to write formulas, and prices', () => {
    for (const text of [
      '$x^2$',
      '\\(x^2\\)',
      '$$x^2$$',
      '\\[x^2\\]',
      '$$\nx^2\n$$',
      'so:\n\\[\nx^2\n\\].',
      '- \\[ x^2 \\]',
    ])
      expect(renderMarkdown(text)).toContain('<msup><mi>x</mi><mn>2</mn></msup>');
    expect(renderMarkdown('so:\n\\[\nx^2\n\\].')).toMatch(
      /^<p>so:<\/p>\n<div class="math-block" tabindex="0">.*<\/div>\n<p>\.<\/p>\n$/s,
    );
    for (const text of [
      'costs $5 and $6',
      'US$5 to US$6',
      '$HOME and $PATH',
      '\\$x\\$',
      '`$x$`',
      '\\[1\\]',
      '$$$',
    ])
      expect(renderMarkdown(text)).not.toContain('<math');
  });

  it('shows a formula that is not finished or cannot be read as its source', () => {
    expect(renderMarkdown('$$\n\\frac{1')).toBe('<p class="math-pending">$$\n\\frac{1</p>\n');
    expect(renderMarkdown('$$\na\n\nb')).toBe('<p class="math-pending">$$\na</p>\n<p>b</p>\n');
    expect(renderMarkdown('$\\nope$')).toBe('<p><code class="math-source">\\nope</code></p>\n');
  });
});
