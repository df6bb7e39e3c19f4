/** From so many letters on one, and two, may be wrong. */
const [ONE_WRONG_FROM, TWO_WRONG_FROM] = [4, 8];

/** How many letters of a word may be wrong, missing, too many or swapped. */
export const toleranceOf = (word: string): number =>
  word.length >= TWO_WRONG_FROM ? 2 : word.length >= ONE_WRONG_FROM ? 1 : 0;

/** Of `words` those that are nearest to `word`, at most `limit`. */
export function nearest(word: string, words: Iterable<string>, limit: number): string[] {
  let most = toleranceOf(word);
  let found: string[] = [];
  for (const other of words) {
    const distance = other === word ? Infinity : distanceOf(word, other, most);
    if (distance > most) continue;
    if (distance < most) found = [];
    most = distance;
    if (!found.includes(other)) found.push(other);
  }
  return found.slice(0, limit);
}

/** How many letters have to be changed, added, taken out or swapped with their neighbour; beyond `most` just more than that. */
export function distanceOf(one: string, other: string, most: number): number {
  if (Math.abs(one.length - other.length) > most) return most + 1;
  let beforeLast: number[] = [];
  let last = Array.from({ length: other.length + 1 }, (_, i) => i);
  for (let i = 1; i <= one.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= other.length; j += 1) {
      const isSame = one[i - 1] === other[j - 1];
      const isSwapped = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
      const changed = (last[j - 1] ?? 0) + (isSame ? 0 : 1);
      const step = Math.min((row[j - 1] ?? 0) + 1, (last[j] ?? 0) + 1, changed);
      row.push(isSwapped ? Math.min(step, (beforeLast[j - 2] ?? 0) + 1) : step);
    }
    if (Math.min(...row) > most) return most + 1;
    [beforeLast, last] = [last, row];
  }
  return last[other.length] ?? most + 1;
}
