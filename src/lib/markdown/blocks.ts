import type { Token } from 'markdown-it';

/** Blocks that end with their own last line, whatever follows. */
const SELF_CLOSED = new Set(['heading_open', 'hr', 'fence', 'math_block']);
const CONTAINERS = new Set(['bullet_list_open', 'ordered_list_open', 'blockquote_open']);
const LISTS = new Set(['bullet_list_open', 'ordered_list_open']);

/**
 * Where in `source` a top-level block begins whose predecessor no further text can change; offsets in rising order.
 * `source` begins with a block and ends with a visible character, `tokens` are its parse. Everything depends on
 * `source` alone, so two processes that know the same text agree. A definition of a link belongs to the block before.
 */
export function finishedStarts(source: string, tokens: readonly Token[]): number[] {
  const blocks = tokens.filter((token) => token.level === 0 && token.nesting >= 0 && token.map !== null);
  if (blocks.length < 2) return [];
  const lines = lineStarts(source);
  const lastLine = lines.length - 1;
  // Only blanks and tabs count as white space in Markdown; `trim` would take a no-break space too.
  const textOf = (line: number) =>
    source.slice(lines[line], lines[line + 1]).replace(/^[ \t]+|[ \t\n]+$/g, '');

  const starts: number[] = [];
  let nextIsCertain = false;
  // From the end, because some blocks are certain only when the next one is.
  for (let index = blocks.length - 1; index > 0; index -= 1) {
    const block = blocks[index];
    const previous = blocks[index - 1];
    const line = block?.map?.[0];
    if (block === undefined || previous === undefined || line === undefined) continue;
    const afterBlank = textOf(line - 1) === '';
    const adjoins = previous.map?.[1] === line;
    // `[name]:` alone is a paragraph until its URL follows on the next line; a definition at the end of a quote
    // or an item may find its title there.
    const mayBeDefinition = afterBlank || !CONTAINERS.has(previous.type) ? /^\[/ : /^[['"(]/;
    let certain: boolean = nextIsCertain || !mayBeDefinition.test(textOf(line));
    // Between blocks that do not adjoin stands a link definition, whose title may still swallow what follows.
    if (!afterBlank && !adjoins) certain = false;
    // The last line may turn the one before, whatever that is, into the head of a table.
    else if (line === lastLine && !afterBlank && mayBecomeTable(textOf(line - 1), textOf(line)))
      certain = false;
    // The last line may go on: `1` becomes the next item of a list, `#` a part of the paragraph; the same for
    // the line before when it may become such a head.
    else if (line === lastLine || (line === lastLine - 1 && mayBecomeTable(textOf(line), textOf(lastLine)))) {
      certain &&= afterBlank || SELF_CLOSED.has(previous.type);
      certain &&= !(LISTS.has(previous.type) && /^[-+*\d]/.test(textOf(line)));
    }
    if (certain) starts.push(lines[line] ?? 0);
    nextIsCertain = certain;
  }
  return starts.reverse();
}

function lineStarts(source: string): number[] {
  const starts = [0];
  for (let at = source.indexOf('\n'); at !== -1; at = source.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

function mayBecomeTable(head: string, rule: string): boolean {
  return head.includes('|') && /^[-:|][-:| \t]*$/.test(rule);
}
