/** The style sheet of an exported HTML file: it stands in the file, so it is short. */
export const styles = `
:root{color-scheme:light dark;--line:light-dark(#d8d0c4,#3a352f);--soft:light-dark(#6b6255,#a79c8c);
--code:light-dark(#f6f1e8,#14110e);--question:light-dark(#f3ece0,#26211c)}
body{margin:0;background:light-dark(#fffdf9,#191613);color:light-dark(#221d17,#ece4d8);font:1rem/1.6 system-ui,sans-serif}
main{max-width:46rem;margin:0 auto;padding:2rem 1rem 4rem}
h1{line-height:1.2;overflow-wrap:anywhere}
h2{margin:0 0 .5rem;color:var(--soft);font-size:.875rem;font-weight:600}
article,.instructions{margin-top:1.5rem;padding-top:1rem;border-top:1px solid var(--line);overflow-wrap:anywhere}
article.user>.plain,.instructions>.plain{padding:.75rem 1rem;border-radius:.75rem;background:var(--question)}
.plain{white-space:pre-wrap}
.note{color:var(--soft);font-size:.875rem}
img{max-width:100%;height:auto;border-radius:.5rem}
pre{padding:.75rem 1rem;overflow-x:auto;border-radius:.5rem;background:var(--code);white-space:pre;overflow-wrap:normal}
code{font:.875em/1.5 ui-monospace,monospace}
figure{margin:1rem 0}
figcaption,.copy{color:var(--soft);font-size:.8125rem}
button{display:none}
table{display:block;max-width:100%;overflow-x:auto;border-collapse:collapse}
th,td{padding:.25rem .75rem;border:1px solid var(--line);text-align:start}
blockquote{margin-inline:0;padding-inline-start:1rem;border-inline-start:3px solid var(--line)}
.hljs-comment,.hljs-quote{color:var(--soft)}
.hljs-keyword,.hljs-literal,.hljs-section,.hljs-name{color:light-dark(#8a2b5b,#f29ac0)}
.hljs-string,.hljs-regexp,.hljs-addition{color:light-dark(#2f6134,#a3cf93)}
.hljs-title,.hljs-link{color:light-dark(#1f5a86,#8fc3ea)}
.hljs-number,.hljs-symbol,.hljs-variable,.hljs-attr{color:light-dark(#8a4a00,#efb86d)}
.hljs-type,.hljs-built_in,.hljs-meta{color:light-dark(#5b4a9c,#c0b0f5)}
@media print{main{max-width:none}article{break-inside:avoid-page}}
`;
