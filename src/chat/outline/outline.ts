import { textOrNames, type Message } from '../messages.ts';
import type { OutlineRow } from './store.ts';

/** A message of a branch, as far as it matters where it stands. */
export type OutlineEntry = Omit<OutlineRow, 'seq' | 'is_live'> & {
  /** How many messages go on from the same one, itself among them. */
  versions: number;
};

/** One branch of a conversation, oldest message first. */
export type Branch = readonly OutlineEntry[];

/** Where a message stands on a branch; -1: nowhere. */
export const positionOf = (branch: Branch, id: string) => branch.findIndex((entry) => entry.id === id);

/** The tree of a conversation, out of its messages in the order of their making. */
export function createOutline(rows: readonly OutlineRow[]) {
  const byId = new Map<string, OutlineEntry>();
  /** How many messages go on from the root or a message, and the newest of them. */
  const newestChild = new Map<string, { id: string; count: number }>();
  for (const row of rows) {
    const known = newestChild.get(row.parent_id);
    if (known) [known.id, known.count] = [row.id, known.count + 1];
    else newestChild.set(row.parent_id, { id: row.id, count: 1 });
    byId.set(row.id, Object.assign(row, { versions: 1 }));
  }
  for (const entry of byId.values()) entry.versions = newestChild.get(entry.parent_id)?.count ?? 1;

  return {
    has: (id: string) => byId.has(id),

    /** The end of the branch that leads through a message and goes on from it with the newest ones. */
    newestLeafBelow(id: string): string {
      let leaf = id;
      for (let next = newestChild.get(leaf); next; next = newestChild.get(leaf)) leaf = next.id;
      return leaf;
    },

    /** The way from the first message to `leafId`. */
    branchTo(leafId: string): Branch {
      const branch: OutlineEntry[] = [];
      for (let entry = byId.get(leafId); entry; entry = byId.get(entry.parent_id)) branch.push(entry);
      return branch.reverse();
    },
  };
}

export type Outline = ReturnType<typeof createOutline>;

/** The same of a branch whose messages are all read: nothing more is asked of the database. */
export const branchOfMessages = (messages: readonly Message[]): Branch =>
  messages.map((message) => ({
    id: message.id,
    parent_id: message.parentId ?? message.conversationId,
    role: message.role,
    created_at: message.createdAt,
    bytes: message.content.length,
    beginning: message.role === 'user' ? textOrNames(message) : '',
    has_file: Number(message.kind === 'image'),
    versions: message.siblings.length,
  }));
