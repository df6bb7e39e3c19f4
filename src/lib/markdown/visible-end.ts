const NEW_LINE = 0x0a;
const TAB = 0x09;
const SPACE = 0x20;

/** The end of what can be seen: white space at the end says nothing yet, and half a character is none. */
export function visibleEnd(text: string, from: number): number {
  const last = text.charCodeAt(text.length - 1);
  let end = last >= 0xd800 && last <= 0xdbff ? text.length - 1 : text.length;
  for (; end > from; end -= 1) {
    const code = text.charCodeAt(end - 1);
    if (code !== SPACE && code !== NEW_LINE && code !== TAB) break;
  }
  return Math.max(end, from);
}
