import { termsOf } from '../../lib/search/terms.ts';
import type { Wanted } from './match.ts';
import type { CandidateRow, DocumentKind } from './store.ts';

/** The usual constants of BM25: how soon more of the same word counts no more, and how much length matters. */
const [SATURATION, LENGTH] = [1.2, 0.75];
const AVERAGE_BYTES = 600;
const OF_KIND: Record<DocumentKind, number> = { title: 1.5, image: 0.3, message: 0, attachment: 0 };
const PHRASE_BONUS = 1;
/** From one hit to the next older one: among equals the newest is first. */
const AGE = 0.004;

/**
 * The hits, the best first: by BM25 without the rarity of words, which SQLite would have to read the whole index for,
 * with a bonus for titles, for words in a row as typed, and for being new. `rows` are the newest first.
 */
export function rank(rows: readonly CandidateRow[], wanted: readonly Wanted[]): CandidateRow[] {
  const whole = wanted.flatMap(({ word }) => word.terms).join(' ');
  return rows
    .map((row, i) => ({ row, score: scoreOf(row, wanted, whole) - i * AGE }))
    .sort((one, other) => other.score - one.score)
    .map(({ row }) => row);
}

function scoreOf(row: CandidateRow, wanted: readonly Wanted[], whole: string): number {
  const terms = ` ${termsOf(row.sample)} `;
  const norm = SATURATION * (1 - LENGTH + (LENGTH * row.bytes) / AVERAGE_BYTES);
  let score = OF_KIND[row.kind];
  for (const { word, others } of wanted) {
    const exact = count(terms, word.terms.join(' '));
    const near = exact > 0 ? 0 : others.reduce((sum, other) => sum + count(terms, other), 0) / 2;
    // A word further down in a long text is there, too.
    const times = Math.max(exact + near, 0.2);
    score += (times * (SATURATION + 1)) / (times + norm);
  }
  return wanted.length > 1 && terms.includes(` ${whole} `) ? score + PHRASE_BONUS : score;
}

function count(terms: string, term: string): number {
  let times = 0;
  for (let at = terms.indexOf(` ${term} `); at >= 0; at = terms.indexOf(` ${term} `, at + term.length + 1))
    times += 1;
  return times;
}
