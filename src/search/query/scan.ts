import type { ContentKinds } from '../../lib/content-kinds.ts';
import type { Place } from './match.ts';
import type { PlaceStore } from './places/store.ts';
import type { CandidateRow, QueryStore, Range } from './store.ts';

/** The first slice is this part of what somebody has: three frequent words in a row take half a second in a million. */
const FIRST_SLICE = 32n;
/** So few documents are looked through at once, whatever is looked for. */
const FEW = 5000;
const QUICK_MS = 5;
const SLOW_MS = 25;
const ROWS_AT_ONCE = 100;
/** So few documents of the archive or the trash are asked for one by one, some 20 microseconds for each word. */
const FEW_IN_PLACE = 3000;
const PLACE_DOCUMENTS_AT_ONCE = 150;

/** `wanted`: so many are enough. `deadline`: when it ends all the same, by `performance.now()`. */
export type Scan = {
  ownerId: string;
  kinds: ContentKinds;
  match: string;
  range: Range;
  place: Place;
  wanted: number;
  deadline: number;
};
export type ScannedStore = QueryStore & { places: PlaceStore };
/** `before`: where to go on; undefined when everything was looked through. */
export type Scanned = { rows: CandidateRow[]; before: string | undefined };

/**
 * Looks through the index from the newest document down until enough is found or the time is over. SQLite cannot be
 * interrupted, so it is asked slice by slice, and each slice is as large as the last one was quick.
 */
export function scan(store: ScannedStore, wish: Scan): Scanned {
  return scanFew(store, wish) ?? scanDown(store, wish);
}

/**
 * Looks through what lies in the archive or the trash, from its newest document down; undefined when that is much, or when
 * everything is looked through.
 */
function scanFew(
  { places }: ScannedStore,
  { ownerId, kinds, match, range, place, wanted, deadline }: Scan,
): Scanned | undefined {
  if (place === 'anywhere') return undefined;
  const ids = places.listDocuments(ownerId, place, range, FEW_IN_PLACE);
  if (!ids) return undefined;
  const isChosen = choose(kinds, place);
  const rows: CandidateRow[] = [];
  for (let at = 0; at < ids.length; at += PLACE_DOCUMENTS_AT_ONCE) {
    const next = ids.slice(at, at + PLACE_DOCUMENTS_AT_ONCE);
    rows.push(...places.candidatesAmong(ownerId, next, match).filter(isChosen));
    const isOver = at + next.length >= ids.length;
    if (!isOver && (rows.length >= wanted || performance.now() > deadline))
      return { rows, before: next.at(-1) };
  }
  return { rows, before: undefined };
}

function scanDown(
  store: QueryStore,
  { ownerId, kinds, match, range, place, wanted, deadline }: Scan,
): Scanned {
  const rows: CandidateRow[] = [];
  const isChosen = choose(kinds, place);
  const whole = store.narrow(range);
  let before = BigInt(whole.before);
  const isSmall = store.count(whole, FEW) < FEW;
  let slice = isSmall ? before : (before - BigInt(whole.from)) / FIRST_SLICE + 1n;
  while (before > BigInt(whole.from)) {
    const begun = performance.now();
    const from = before - slice > BigInt(whole.from) ? before - slice : BigInt(whole.from);
    const bounds = { from: from.toString(), before: before.toString() };
    const found = store.candidates(ownerId, match, bounds, ROWS_AT_ONCE);
    rows.push(...found.filter(isChosen));
    before = found.length < ROWS_AT_ONCE ? from : BigInt(found.at(-1)?.id ?? from);
    const now = performance.now();
    const isOver = before <= BigInt(whole.from);
    if (!isOver && (rows.length >= wanted || (now > deadline && !isSmall)))
      return { rows, before: before.toString() };
    const took = now - begun;
    if (took < QUICK_MS) slice *= 4n;
    else if (took > SLOW_MS) slice = slice / 2n + 1n;
  }
  return { rows, before: undefined };
}

function choose(kinds: ContentKinds, place: Place): (row: CandidateRow) => boolean {
  const [jobs, documents] = [new Set<string>(), new Set<string>()];
  return (row) =>
    mayBeSeen(kinds, row) && isIn(place, row) && isFirstOfJob(jobs, row) && isFirstPart(documents, row);
}

const mayBeSeen = (kinds: ContentKinds, { kind }: CandidateRow) =>
  kind === 'image' ? kinds.images : kinds.conversations;

function isIn(place: Place, row: CandidateRow): boolean {
  if (row.is_purged === 1) return false;
  if (place === 'trash') return row.is_deleted === 1;
  return row.is_deleted === 0 && (place === 'anywhere' || row.is_archived === 1);
}

/** The images of one job have one prompt: the first found stands for all. */
function isFirstOfJob(jobs: Set<string>, { job_id }: CandidateRow): boolean {
  if (job_id === null) return true;
  const isFirst = !jobs.has(job_id);
  jobs.add(job_id);
  return isFirst;
}

/** Of a long text several parts may have what is looked for. */
function isFirstPart(documents: Set<string>, { kind, item_id, attachment_id }: CandidateRow): boolean {
  const document = `${kind} ${item_id} ${attachment_id}`;
  const isFirst = !documents.has(document);
  documents.add(document);
  return isFirst;
}
