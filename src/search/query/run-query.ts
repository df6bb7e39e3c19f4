import type { ContentKinds } from '../../lib/content-kinds.ts';
import { markedExcerpt } from './excerpt.ts';
import { matchOf, placeOf, type Wanted } from './match.ts';
import { parseQuery, type QueryWord, type SearchQuery } from '../../lib/search/query.ts';
import type { Span } from '../../lib/search/span.ts';
import { rank } from './rank.ts';
import { scan, type ScannedStore } from './scan.ts';
import { nearest, toleranceOf } from './spelling.ts';
import type { CandidateRow, QueryStore, Range } from './store.ts';

export type SearchRequest = {
  ownerId: string;
  text: string;
  /** What the dates in the text leave of all time. */
  span: Span;
  kinds: ContentKinds;
  limit: number;
  cursor?: string | undefined;
};
export type FoundDocument = {
  kind: CandidateRow['kind'];
  conversationId: string | null;
  messageId: string | null;
  imageId: string | null;
  title: string;
  /** Escaped HTML with `<mark>`. */
  excerpt: string;
  isDeleted: boolean;
  createdAt: number;
};
/** `corrections`: words that were looked for instead of one that nothing was found for. */
export type SearchResult = {
  hits: FoundDocument[];
  nextCursor: string | null;
  corrections: { typed: string; used: string[] }[];
};

/** So many of the newest hits are ranked; older ones come after them, ranked in turn. */
const WINDOW = 80;
const BUDGET_MS = 70;
const MAX_COMPLETIONS = 32;
const MIN_COMPLETED = 2;
const MAX_CORRECTIONS = 5;
const MAX_CANDIDATES = 30_000;
/** A part of a text is no longer, in UTF-16 units. */
const MAX_PASSAGE = 100_000;

const nothing: SearchResult = { hits: [], nextCursor: null, corrections: [] };

/** Carries out one search. Takes a tenth of a second at most, and then says where to go on. */
export function runQuery(
  store: ScannedStore,
  { ownerId, text, span, kinds, limit, cursor }: SearchRequest,
): SearchResult {
  const query = parseQuery(text);
  const owner = store.findOwner(ownerId);
  if (owner === undefined || (query.words.length === 0 && query.filters.length === 0)) return nothing;
  const range = store.rangeOf(owner, span.from, span.before);
  const page = readCursor(cursor, range);
  const { rows, goesOnAt, wanted } = findNewest(store, { ownerId, kinds, owner, query, range, page });
  const end = page.end ?? goesOnAt ?? range.from;
  const shown = rank(rows, wanted).slice(page.offset, page.offset + limit);
  return {
    hits: shown.map((row) => toHit(row, markedExcerpt(passageOf(store, row), wanted))),
    nextCursor: nextCursorOf({ rows, end, page, limit, from: range.from }),
    corrections: correctionsOf(query, wanted),
  };
}

type Search = {
  ownerId: string;
  kinds: ContentKinds;
  owner: number;
  query: SearchQuery;
  range: Range;
  page: Page;
};

/** The newest hits of a window, with the words that were looked for: where nothing has one, those that are like it. */
function findNewest(store: ScannedStore, { ownerId, kinds, owner, query, range, page }: Search) {
  const deadline = performance.now() + BUDGET_MS;
  const find = (wanted: readonly Wanted[]) => {
    const match = matchOf(wanted, query.filters);
    const window = { from: page.end ?? range.from, before: page.before };
    const limits = { wanted: WINDOW, deadline };
    return {
      ...scan(store, { ownerId, kinds, place: placeOf(query), match, range: window, ...limits }),
      wanted,
    };
  };
  const typed = query.words.map((word) => ({ word, others: completionsOf(store, owner, word) }));
  const found = find(typed);
  const isNothing = found.rows.length === 0 && found.before === undefined;
  const corrected = isNothing ? correct(store, owner, range, typed) : typed;
  const { rows, before, wanted } = corrected === typed ? found : find(corrected);
  const isFull = rows.length > WINDOW && page.end === undefined;
  return {
    rows: rows.slice(0, isFull ? WINDOW : undefined),
    goesOnAt: isFull ? rows[WINDOW - 1]?.id : before,
    wanted,
  };
}

/** Words that begin with the last one of a query, which may still be typed. */
export function completionsOf(
  store: QueryStore,
  owner: number,
  { terms, isWhole, isUnspaced }: QueryWord,
): string[] {
  const [only = ''] = terms;
  if (isWhole || isUnspaced || terms.length !== 1 || only.length < MIN_COMPLETED) return [];
  return store.wordsFrom(owner, only, MAX_COMPLETIONS);
}

/** Puts the nearest words that there are beside each one that there is not; the same list when there is nothing to put. */
function correct(
  store: QueryStore,
  owner: number,
  range: Range,
  wanted: readonly Wanted[],
): readonly Wanted[] {
  const corrected = wanted.map((one) => {
    const { word } = one;
    const [term = ''] = word.terms;
    const isOpen = !word.isQuoted && !word.isUnspaced && word.terms.length === 1 && toleranceOf(term) > 0;
    if (!isOpen || store.hasAny(matchOf([one], []), range)) return one;
    const others = nearest(term, likeWords(store, owner, term), MAX_CORRECTIONS);
    const known = others.filter((other) => store.hasAny(matchOf([{ word, others: [other] }], []), range));
    return known.length > 0 ? { word: { ...word, isWhole: true }, others: known } : one;
  });
  return corrected.some((one, i) => one !== wanted[i]) ? corrected : wanted;
}

/** The first letter is right, or missing, or swapped with the second. */
function* likeWords(store: QueryStore, owner: number, term: string): Generator<string> {
  const tolerance = toleranceOf(term);
  const lengths = { min: term.length - tolerance, max: term.length + tolerance };
  for (const start of new Set(Array.from(term).slice(0, 2)))
    yield* store.wordsLike(owner, start, lengths, MAX_CANDIDATES);
}

function correctionsOf(query: SearchQuery, wanted: readonly Wanted[]): SearchResult['corrections'] {
  return wanted.flatMap(({ word, others }, i) =>
    word !== query.words[i] ? [{ typed: word.text, used: [...others] }] : [],
  );
}

/** What a row was found in: a part, or the beginning of the text. */
const passageOf = (store: QueryStore, row: CandidateRow) =>
  store.textOf(row).slice(row.start, row.start + MAX_PASSAGE);

function toHit(row: CandidateRow, excerpt: string): FoundDocument {
  const isMessage = row.kind === 'message' || row.kind === 'attachment';
  return {
    kind: row.kind,
    conversationId: row.conversation_id,
    messageId: isMessage ? row.item_id : null,
    imageId: row.kind === 'image' ? row.item_id : null,
    title: row.title ?? '',
    excerpt,
    isDeleted: row.is_deleted === 1,
    createdAt: row.created_at,
  };
}

/** A window of hits that are ranked together, from `before` down to `end`, and how many of them were shown. */
type Page = { before: string; end: string | undefined; offset: number };
type Turn = { rows: readonly CandidateRow[]; end: string; page: Page; limit: number; from: string };

/** A page of the same window while there are hits in it, then the next window. */
function nextCursorOf({ rows, end, page, limit, from }: Turn): string | null {
  const next = page.offset + limit;
  const [first] = rows;
  // What is written meanwhile must not move the window.
  const top = page.offset === 0 && first ? BigInt(first.id) + 1n : page.before;
  if (rows.length > next) return `${top}-${end}-${next}`;
  return BigInt(end) > BigInt(from) ? `${end}-0-0` : null;
}

const CURSOR = /^(\d{1,19})-(\d{1,19})-(\d{1,3})$/;
export const isCursor = (text: string) => CURSOR.test(text);

/** A cursor of another query, or out of the range of its owner, begins at the beginning. */
function readCursor(cursor: string | undefined, { from, before }: Range): Page {
  const [, top, end, offset] = CURSOR.exec(cursor ?? '') ?? [];
  const first = { before, end: undefined, offset: 0 };
  if (top === undefined || end === undefined) return first;
  const isWithin = BigInt(top) >= BigInt(from) && BigInt(top) <= BigInt(before);
  if (!isWithin) return first;
  return { before: top, end: BigInt(end) >= BigInt(from) ? end : undefined, offset: Number(offset) };
}
