import type { ImportedMessage } from '../imported.ts';

/** A node of a foreign tree; without a message it only links its parent with its children. */
export type TreeNode = { id: string; parentId: string | null; message: ImportedMessage | null };

/**
 * Puts the messages of a foreign tree into the order and under the parents that they are stored with: a parent comes
 * before its children, and each hangs from the nearest message above it that is shown. Parents that are missing, and
 * circles, count as no parent. `order`: whether the time of their making or the given order is that of siblings.
 */
export function arrangeTree(nodes: readonly TreeNode[], order: 'made' | 'given' = 'made'): ImportedMessage[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const children = new Map<string | null, TreeNode[]>();
  for (const node of nodes) {
    const parent = node.parentId !== null && byId.has(node.parentId) ? node.parentId : null;
    const known = children.get(parent);
    if (known) known.push(node);
    else children.set(parent, [node]);
  }
  const arranged: ImportedMessage[] = [];
  const seen = new Set<string>();
  const walk = (first: readonly TreeNode[]) => {
    // A list of what is still to do, since a long conversation is deeper than the stack.
    const open = first.map((node) => ({ node, shownParent: null as string | null })).reverse();
    for (let next = open.pop(); next; next = open.pop()) {
      const { node, shownParent } = next;
      if (seen.has(node.id)) continue;
      seen.add(node.id);
      if (node.message) arranged.push({ ...node.message, parentId: shownParent });
      const parent = node.message && node.message.role !== 'hidden' ? node.message.externalId : shownParent;
      const below = (children.get(node.id) ?? []).map((child) => ({ node: child, shownParent: parent }));
      open.push(...below.reverse());
    }
  };
  walk(children.get(null) ?? []);
  // What is left is in circles, which have no beginning.
  for (const node of nodes) if (!seen.has(node.id)) walk([node]);
  const given = new Map(nodes.map(({ message }, index) => [message?.externalId, index]));
  const placeOf = (message: ImportedMessage) =>
    order === 'made' ? message.createdAt : (given.get(message.externalId) ?? 0);
  return inOrder(arranged, placeOf);
}

/** Siblings are shown in the order of the list, which is sorted as far as parents stay before children. */
function inOrder(
  messages: readonly ImportedMessage[],
  placeOf: (message: ImportedMessage) => number,
): ImportedMessage[] {
  const place = new Map<string, number>();
  for (const message of messages) {
    const parent = message.parentId === null ? 0 : (place.get(message.parentId) ?? 0);
    place.set(message.externalId, Math.max(parent, placeOf(message)));
  }
  return messages
    .map((message, index) => ({ message, index, at: place.get(message.externalId) ?? 0 }))
    .sort((a, b) => a.at - b.at || a.index - b.index)
    .map(({ message }) => message);
}

/** The nearest message that is shown, from a node upwards; null when there is none. */
export function nearestShown(nodes: readonly TreeNode[], id: string | null): string | null {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const seen = new Set<string>();
  for (let at = id; at !== null && !seen.has(at);) {
    seen.add(at);
    const node = byId.get(at);
    if (node?.message && node.message.role !== 'hidden') return node.message.externalId;
    at = node?.parentId ?? null;
  }
  return null;
}

/** Whether somewhere two messages that are shown follow the same one. */
export function hasBranches(messages: readonly ImportedMessage[]): boolean {
  const parents = new Set<string | null>();
  for (const { role, parentId } of messages) {
    if (role === 'hidden') continue;
    if (parents.has(parentId)) return true;
    parents.add(parentId);
  }
  return false;
}
