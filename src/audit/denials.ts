import { createHash } from 'node:crypto';
import type { NewId } from '../lib/ids.ts';
import type { NewEntry } from './entry.ts';
import type { AuditStore } from './store.ts';

/** The same denial again within this time is one line that counts. */
const WINDOW_MS = 10 * 60_000;
/** Repeats are added up and written together this often, so that a flood of them costs one write a second. */
const GATHER_MS = 1000;
/** How many different things of one person or IP address are named in a window; further ones share a line. */
const MAX_LINES_OF_ONE = 50;
/** So many lines are opened in a window altogether; further ones share one line for each action. */
const MAX_LINES = 2000;

type Deps = {
  store: AuditStore;
  newId: NewId;
  now: () => number;
  report(entry: NewEntry, error: unknown): void;
};

/**
 * Summarises what was denied, so that nobody can flood the log by being refused. A signed-in person's first denial is
 * written at once. Without a signed-in person even the first waits for the next flush: an extra write for a name that
 * exists would show in how long a failed sign-in takes.
 */
export function createDenials({ store, newId, now, report }: Deps) {
  const lines = new Set<string>();
  const linesOf = new Map<string, number>();
  const repeats = new Map<string, { entry: NewEntry; count: number }>();
  let windowBegan = 0;
  let timer: NodeJS.Timeout | undefined;
  let written: Promise<void> = Promise.resolve();

  async function add(asked: NewEntry): Promise<void> {
    if (now() - windowBegan > WINDOW_MS || now() < windowBegan) beginWindow();
    const entry = bounded(asked);
    const slot = slotOf(entry);
    if (lines.has(slot)) return gather(slot, entry);
    lines.add(slot);
    linesOf.set(sourceOf(entry), (linesOf.get(sourceOf(entry)) ?? 0) + 1);
    if (entry.actor === null) return gather(slot, entry);
    await store.summarise([{ id: newId(), entry, count: 1, slot }], now(), now() - WINDOW_MS);
  }

  function gather(slot: string, entry: NewEntry): void {
    const count = (repeats.get(slot)?.count ?? 0) + 1;
    repeats.set(slot, { entry, count });
    timer ??= setTimeout(() => void flush(), GATHER_MS).unref();
  }

  function beginWindow(): void {
    windowBegan = now();
    lines.clear();
    linesOf.clear();
  }

  /** The entry itself while there is room; else without its object, else without who it was. */
  function bounded(entry: NewEntry): NewEntry {
    if (lines.has(slotOf(entry))) return entry;
    const isFull = lines.size >= MAX_LINES;
    if (!isFull && (linesOf.get(sourceOf(entry)) ?? 0) < MAX_LINES_OF_ONE) return entry;
    const shared = { ...entry, object: undefined, details: { summarised: 'many different ones' } };
    return isFull && !lines.has(slotOf(shared)) ? { ...shared, actor: null, ip: undefined } : shared;
  }

  /** Settles once everything that was added before is stored, or reported. */
  function flush(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    const group = [...repeats].map(([slot, repeat]) => ({ ...repeat, slot, id: newId() }));
    repeats.clear();
    const [first] = group;
    if (first)
      written = store
        .summarise(group, now(), now() - WINDOW_MS)
        .then(() => undefined)
        .catch((error: unknown) => report(first.entry, error));
    return written;
  }

  return { add, flush };
}

const sourceOf = ({ actor, ip }: NewEntry) => actor?.id ?? ip ?? '';

/** Names the line on which the same thing, done again by the same one, is counted. */
function slotOf(entry: NewEntry): string {
  const { action, object, outcome } = entry;
  const parts = [sourceOf(entry), action, outcome, object?.kind, object?.id];
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 32);
}
