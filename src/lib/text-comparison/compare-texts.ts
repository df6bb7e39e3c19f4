import { commonRuns, type Run } from './common-runs.ts';

/** A part of a text; `isShared`: it stands in the other one, too. */
export type Passage = { text: string; isShared: boolean };
/** All passages of each text, in order: joined, they are the text. */
export type TextComparison = { one: Passage[]; other: Passage[] };

/** Together. What is longer takes too long for a server that answers others meanwhile. */
const MAX_CHARACTERS = 200_000;
/** The square of the number of differences is the effort: some ten milliseconds for a whole comparison. */
const MAX_EFFORT = 1_000_000;
/** Fewer words in a row that two long different passages share are chance. */
const MIN_WORDS_BETWEEN = 3;

const LINE = /[^\n]*\n|[^\n]+/g;
/** A word with the space behind it; of scripts that put no space between words each character. */
const WORD =
  /(?:[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]|[\p{L}\p{N}\p{M}_]+|[^\s\p{L}\p{N}\p{M}_])\s*|\s+/gu;

/**
 * Finds the passages in which two texts differ: by lines first, and in lines that differ by words. Where the difference
 * is too large to be looked through, the whole stretch counts as different.
 * @returns undefined for texts that are too long
 */
export function compareTexts(one: string, other: string): TextComparison | undefined {
  if (one.length + other.length > MAX_CHARACTERS) return undefined;
  const effort = { left: MAX_EFFORT };
  const lines = { one: one.match(LINE) ?? [], other: other.match(LINE) ?? [] };
  const result = createPassages();
  walk(sharedRuns(lines.one, lines.other, effort), lines, (parts, isShared) => {
    const [left, right] = [parts.one.join(''), parts.other.join('')];
    if (isShared) result.add(left, right, true);
    else compareWords(left, right, effort, result);
  });
  return result.passages;
}

type Effort = { left: number };
type Tokens = { one: readonly string[]; other: readonly string[] };
type Passages = ReturnType<typeof createPassages>;

function compareWords(one: string, other: string, effort: Effort, result: Passages): void {
  const words = { one: one.match(WORD) ?? [], other: other.match(WORD) ?? [] };
  const runs = withoutChance(sharedRuns(words.one, words.other, effort), words);
  walk(runs, words, (parts, isShared) => result.add(parts.one.join(''), parts.other.join(''), isShared));
}

/** What both share, whatever spaces stand behind each line or word. */
function sharedRuns(one: readonly string[], other: readonly string[], effort: Effort): Run[] {
  const ids = new Map<string, number>();
  const idOf = (token: string) => {
    const key = token.trimEnd() || ' ';
    const id = ids.get(key) ?? ids.size;
    ids.set(key, id);
    return id;
  };
  const most = Math.floor(Math.sqrt(effort.left));
  const runs = commonRuns(Int32Array.from(one, idOf), Int32Array.from(other, idOf), most);
  const shared = (runs ?? []).reduce((sum, { length }) => sum + length, 0);
  const differences = runs ? one.length + other.length - 2 * shared : most;
  effort.left -= differences ** 2;
  return runs ?? [];
}

/** Goes through what is shared and what is not, in turn. */
function walk(
  runs: readonly Run[],
  { one, other }: Tokens,
  visit: (parts: Tokens, isShared: boolean) => void,
): void {
  let [x, y] = [0, 0];
  for (const run of [...runs, { one: one.length, other: other.length, length: 0 }]) {
    if (run.one > x || run.other > y)
      visit({ one: one.slice(x, run.one), other: other.slice(y, run.other) }, false);
    [x, y] = [run.one + run.length, run.other + run.length];
    if (run.length > 0) visit({ one: one.slice(run.one, x), other: other.slice(run.other, y) }, true);
  }
}

/** Leaves out single words between two longer passages that differ: they would make both unreadable. */
function withoutChance(runs: readonly Run[], { one, other }: Tokens): Run[] {
  return runs.filter((run, at) => {
    const before = runs[at - 1] ?? { one: 0, other: 0, length: 0 };
    const after = runs[at + 1] ?? { one: one.length, other: other.length, length: 0 };
    const gap = (from: Run, to: Run) =>
      Math.max(to.one - from.one - from.length, to.other - from.other - from.length);
    const isShort = run.length < MIN_WORDS_BETWEEN;
    return !isShort || gap(before, run) <= run.length || gap(run, after) <= run.length;
  });
}

/** Collects passages; neighbours of one kind become one. */
function createPassages() {
  const passages: TextComparison = { one: [], other: [] };
  const put = (list: Passage[], text: string, isShared: boolean) => {
    const last = list.at(-1);
    if (text === '') return;
    if (last?.isShared === isShared) last.text += text;
    else list.push({ text, isShared });
  };
  return {
    passages,
    add(one: string, other: string, isShared: boolean): void {
      put(passages.one, one, isShared);
      put(passages.other, other, isShared);
    },
  };
}
