/** More than this is not looked at any more by anybody, and costs time with each change. */
const maxPlaces = 2000;
/** Scripts without spaces between words: there any part of a text is a word. */
const unspaced = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}]/u;

/** Marks in the conversation what was found in it: the words that are marked in the list of what was found. */
export function markFoundWords() {
  const marks = document.querySelectorAll('#outline.is-finding mark');
  const messages = document.getElementById('messages');
  if (marks.length === 0 || !messages || !('highlights' in CSS)) return;
  const words = new Set([...marks].map((mark) => mark.textContent?.toLowerCase() ?? ''));
  const pattern = new RegExp([...words].map(patternOf).join('|'), 'giu');
  let isAsked = false;
  const mark = () => {
    isAsked = false;
    CSS.highlights.set('found', new Highlight(...placesIn(messages, pattern)));
  };
  new MutationObserver(() => {
    if (!isAsked) requestAnimationFrame(mark);
    isAsked = true;
  }).observe(messages, { childList: true, subtree: true });
  mark();
}

/** @param {string} word */
function patternOf(word) {
  const plain = word.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
  return unspaced.test(word) ? plain : `(?<![\\p{L}\\p{N}])${plain}(?![\\p{L}\\p{N}])`;
}

/** @param {Element} root @param {RegExp} pattern */
function placesIn(root, pattern) {
  /** @type {Range[]} */
  const places = [];
  const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  for (let node = texts.nextNode(); node && places.length < maxPlaces; node = texts.nextNode())
    for (const { 0: word, index } of (node.nodeValue ?? '').matchAll(pattern)) {
      const range = new Range();
      range.setStart(node, index);
      range.setEnd(node, index + word.length);
      places.push(range);
    }
  return places;
}
