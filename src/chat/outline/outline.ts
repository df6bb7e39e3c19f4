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

/** How many messages go on from another one, and the newest of them. */
type Children = { newest: string; count: number };

export type Outline = {
  has(id: string): boolean;
  find(id: string): OutlineEntry | undefined;
  /** What goes on from a message, or from the root. */
  childrenOf(id: string): Children | undefined;
  /** The end of the branch that leads through a message and goes on from it with the newest ones. */
  newestLeafBelow(id: string): string;
  /** The way from the first message to `leafId`. */
  branchTo(leafId: string): Branch;
};

/** The tree of a conversation, out of its messages in the order of their making; those of `older` were made before. */
export function createOutline(rows: readonly OutlineRow[], older?: Outline): Outline {
  const entries = new Map<string, OutlineEntry>();
  const children = new Map<string, Children>();
  const find = (id: string) => entries.get(id) ?? older?.find(id);
  const childrenOf = (id: string) => children.get(id) ?? older?.childrenOf(id);
  for (const row of rows) {
    const count = (childrenOf(row.parent_id)?.count ?? 0) + 1;
    children.set(row.parent_id, { newest: row.id, count });
    entries.set(row.id, Object.assign(row, { versions: 1 }));
  }

  return {
    has: (id) => find(id) !== undefined,
    find,
    childrenOf,

    newestLeafBelow(id) {
      let leaf = id;
      for (let next = childrenOf(leaf); next; next = childrenOf(leaf)) leaf = next.newest;
      return leaf;
    },

    branchTo(leafId) {
      const branch: OutlineEntry[] = [];
      for (let entry = find(leafId); entry; entry = find(entry.parent_id)) {
        entry.versions = childrenOf(entry.parent_id)?.count ?? 1;
        branch.push(entry);
      }
      return branch.reverse();
    },
  };
}

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
