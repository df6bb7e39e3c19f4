import { isAppError, invalid } from '../lib/errors.ts';
import type { NewId } from '../lib/ids.ts';
import type { Db, Statement } from '../platform/db/db.ts';
import type { Log } from '../platform/log.ts';
import { createDenials } from './denials.ts';
import type { Entry, NewEntry } from './entry.ts';
import { createAuditStore, type Filter, type Point } from './store.ts';

export type { AuditActor, Entry, NewEntry, Outcome } from './entry.ts';
export type { Filter } from './store.ts';

/** A year, and time to look back at it. */
export const AUDIT_DAYS = 400;
/** What stands in the place of a name once its person was deleted. */
export const DELETED_PERSON = 'deleted person';
const DAY_MS = 24 * 60 * 60_000;
const PURGE_AT_ONCE = 5000;
const EXPORT_AT_ONCE = 500;
const newest: Point = { at: Number.MAX_SAFE_INTEGER, id: '' };

type Deps = { db: Db; newId: NewId; now: () => number; log: Log };

/** Who did what to what, when, from where; refusals too. */
export function createAudit({ db, newId, now, log }: Deps) {
  const store = createAuditStore(db, DELETED_PERSON);
  const denials = createDenials({ store, newId, now, report });

  /** What cannot be stored stands in the program's log at least. */
  function report({ action, outcome, actor, object, requestId }: NewEntry, error: unknown): void {
    const code = isAppError(error) ? error.code : String(error);
    const what = { action, outcome, actor: actor?.id, object: object?.id, request_id: requestId };
    log.error('audit entry could not be stored', { ...what, code });
  }

  return {
    /** Writes a line; denied and failed ones are summarised for ten minutes. Never throws: what it cannot store it logs. */
    async record(entry: NewEntry): Promise<void> {
      try {
        if (entry.outcome === 'done') await store.insert(newId(), entry, now());
        else await denials.add(entry);
      } catch (error) {
        report(entry, error);
      }
    },

    /** Newest first. @throws AppError `invalid` for a cursor that is none of ours */
    async list(filter: Filter, page: { limit: number; cursor?: string | undefined }) {
      const before = page.cursor === undefined ? newest : readCursor(page.cursor);
      await denials.flush();
      const rows = await store.list(filter, before, page.limit + 1);
      const entries = rows.slice(0, page.limit);
      const last = entries.at(-1);
      return { entries, nextCursor: rows.length > entries.length && last ? `${last.at}-${last.id}` : null };
    },

    /** All that match, newest first, a few hundred at a time: the whole log may not fit the memory. */
    async *export(filter: Filter): AsyncGenerator<Entry[]> {
      await denials.flush();
      for (let before: Point | undefined = newest; before;) {
        const entries: Entry[] = await store.list(filter, before, EXPORT_AT_ONCE);
        if (entries.length > 0) yield entries;
        before = entries.length === EXPORT_AT_ONCE ? entries.at(-1) : undefined;
      }
    },

    /** Every action that has a line, in alphabetical order. */
    actions: () => store.actions(),

    /** What takes a person's name out of all lines, for the batch that deletes the person. The lines stay. */
    forgetting: (personId: string): Statement[] => store.forgetting(personId),

    /** Removes what is older than 400 days, a few thousand lines at a time. Called by a timer. */
    purge: () => store.purge(now() - AUDIT_DAYS * DAY_MS, PURGE_AT_ONCE),

    /** Stores what is still being added up. */
    close: () => denials.flush(),
  };
}

export type Audit = ReturnType<typeof createAudit>;

function readCursor(text: string): Point {
  const [, at, id] = /^(\d{1,16})-([0-9a-z]{26})$/.exec(text) ?? [];
  if (!at || !id) throw invalid('cursor', 'unknown_value');
  return { at: Number(at), id };
}
