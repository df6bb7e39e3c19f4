import type { TreeNode } from '../tree/arrange.ts';

const IMAGES = ':images';
/** The id of the message that holds the images of one with text as well. */
export const imagesId = (id: string) => id + IMAGES;

/** What follows an answer with text and images follows its images. */
export function throughImages(nodes: readonly TreeNode[]): TreeNode[] {
  const doubled = new Set(nodes.filter(({ id }) => id.endsWith(IMAGES)).map(({ parentId }) => parentId));
  return nodes.map((node) =>
    node.parentId !== null && doubled.has(node.parentId) && node.id !== imagesId(node.parentId)
      ? { ...node, parentId: imagesId(node.parentId) }
      : node,
  );
}

/** Thoughts stand in nodes of their own before the answer that they led to: it gets them. */
export function giveThoughts(nodes: TreeNode[]): void {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  for (const node of nodes) {
    const { message } = node;
    if (message?.role !== 'assistant' || message.kind !== 'text' || message.thinking !== null) continue;
    const thoughts: string[] = [];
    const seen = new Set<string>();
    for (let at = node.parentId; at !== null && !seen.has(at);) {
      seen.add(at);
      const above = byId.get(at);
      if (!above || (above.message && above.message.role !== 'hidden')) break;
      if (above.message?.thinking) thoughts.unshift(above.message.thinking.text);
      at = above.parentId;
    }
    const text = thoughts.filter(Boolean).join('\n\n');
    if (text) node.message = { ...message, thinking: { text, ms: null, tokens: null } };
  }
  // They are shown with the answer alone.
  for (const node of nodes)
    if (node.message?.role === 'hidden' && node.message.thinking !== null && node.message.content === '')
      node.message = null;
}

/** The end of the branch that is shown; it may be the node of which the images are the end. */
export function currentOf(current: string | null, nodes: readonly TreeNode[]): string | null {
  const images = imagesId(current ?? '');
  return nodes.some(({ id }) => id === images) ? images : current;
}
