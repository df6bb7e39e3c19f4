// Every streamed token carries the time of its emission, so that a reader at the far end of any relay can say how long
// it took. A mark is one plain word, `Q<time>Z`: Markdown, HTML and JSON leave it as it is, and our own text has no
// capital Q.

/** CLOCK_MONOTONIC in microseconds: the same clock in all processes of one machine. */
export const microseconds = () => Number(process.hrtime.bigint() / 1000n);

/** The mark of a time in microseconds. */
export const markOf = (time) => `Q${time.toString(36)}Z`;

const MAX_CHARACTERS = 14;

/**
 * Finds marks in text that comes in slices of any cut. Calls `onMark` with each emission time that is later than all
 * before it, so that relays that repeat text count each token once.
 */
export function createMarkFinder(onMark) {
  let carry = '';
  let latest = 0;
  return (slice) => {
    const text = carry + slice;
    carry = '';
    for (let from = text.indexOf('Q'); from >= 0; from = text.indexOf('Q', from + 1)) {
      const end = text.indexOf('Z', from + 1);
      if (end < 0) {
        carry = text.length - from > MAX_CHARACTERS ? '' : text.slice(from);
        return;
      }
      const word = text.slice(from + 1, end);
      if (word.length > MAX_CHARACTERS || !/^[0-9a-z]{4,}$/.test(word)) continue;
      const time = parseInt(word, 36);
      if (time <= latest) continue;
      latest = time;
      onMark(time);
    }
  };
}

/** All emission times in a whole text, in microseconds. */
export function marksIn(text) {
  return [...text.matchAll(/Q([0-9a-z]{4,14})Z/g)].map(([, word]) => parseInt(word, 36));
}
