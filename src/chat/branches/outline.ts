import type { OutlineRow } from './store.ts';

/** A branch: from the message where it parts from others to where it parts again, or to its end. */
export type BranchOutline = {
  firstId: string;
  /** The message after the first one, which tells the model when that is a question. */
  secondId: string | null;
  /** The newest end below it. */
  leafId: string;
  /** How many branches it stands below. */
  depth: number;
  /** All messages from here on, those of the branches below it included. */
  count: number;
  isCurrent: boolean;
  /** There is another one beside it. */
  canDelete: boolean;
};

/**
 * The branches of a conversation, each one before those that part from it. `rows`: each message after its parent.
 * `leafId`: the end of the current branch.
 */
export function outlineBranches(
  rows: readonly OutlineRow[],
  rootId: string,
  leafId: string,
  limit: number,
): BranchOutline[] {
  const children = childrenOf(rows);
  const { counts, leaves } = totalsOf(rows, children);
  const current = pathTo(rows, leafId);
  const found: BranchOutline[] = [];
  const open = startsBelow(rootId, 0, children);
  for (let start = open.pop(); start && found.length < limit; start = open.pop()) {
    const { id, depth, siblings } = start;
    const [secondId = null] = children.get(id) ?? [];
    found.push({
      firstId: id,
      secondId,
      leafId: leaves.get(id) ?? id,
      depth,
      count: counts.get(id) ?? 1,
      isCurrent: current.has(id),
      canDelete: siblings > 1,
    });
    open.push(...startsBelow(endOfRun(id, children), depth + 1, children));
  }
  return found;
}

/** A message and all that goes on from it, oldest first. */
export function messagesBelow(rows: readonly OutlineRow[], firstId: string): string[] {
  const below = new Set([firstId]);
  for (const { id, parent_id: parentId } of rows) if (below.has(parentId)) below.add(id);
  return rows.filter(({ id }) => below.has(id)).map(({ id }) => id);
}

type Children = ReadonlyMap<string, readonly string[]>;

function childrenOf(rows: readonly OutlineRow[]): Children {
  const children = new Map<string, string[]>();
  for (const { id, parent_id: parentId } of rows) {
    const known = children.get(parentId);
    if (known) known.push(id);
    else children.set(parentId, [id]);
  }
  return children;
}

/** From the end to the beginning, so that what is below a message is known before it. */
function totalsOf(rows: readonly OutlineRow[], children: Children) {
  const counts = new Map<string, number>();
  const leaves = new Map<string, string>();
  for (const { id } of rows.toReversed()) {
    const below = children.get(id) ?? [];
    counts.set(
      id,
      below.reduce((sum, child) => sum + (counts.get(child) ?? 0), 1),
    );
    leaves.set(id, leaves.get(below.at(-1) ?? '') ?? id);
  }
  return { counts, leaves };
}

function pathTo(rows: readonly OutlineRow[], leafId: string): Set<string> {
  const parents = new Map(rows.map(({ id, parent_id: parentId }) => [id, parentId]));
  const path = new Set<string>();
  for (let id: string | undefined = leafId; id !== undefined && !path.has(id); id = parents.get(id))
    path.add(id);
  return path;
}

/** The last message before the next parting, or the end. */
function endOfRun(firstId: string, children: Children): string {
  let id = firstId;
  for (;;) {
    const [next, ...others] = children.get(id) ?? [];
    if (next === undefined || others.length > 0) return id;
    id = next;
  }
}

/** The last one first, as a stack takes them. */
function startsBelow(id: string, depth: number, children: Children) {
  const starts = children.get(id) ?? [];
  return starts.map((start) => ({ id: start, depth, siblings: starts.length })).toReversed();
}
