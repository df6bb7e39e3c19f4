const SECONDS = 65;

/**
 * A number that depends on the text alone, below 65 seconds in steps of 1/32 ms: what of one person has the very same
 * time finds its own place nearby. FNV-1a.
 */
export function spreadOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0) % (SECONDS * 1000 * 32);
}
