/** What a model takes that paints any size. */
export type SizeRule = {
  /** Both edges are multiples of this, in pixels. */
  step: number;
  maxEdge: number;
  /** Of the longer edge to the shorter one. */
  maxRatio: number;
  minPixels: number;
  maxPixels: number;
};

/** A size that a model takes, the nearest one where it takes any; undefined when it takes no such size. */
export function takenSize(
  { sizes, freeSizes }: { sizes: readonly string[]; freeSizes?: SizeRule },
  size: string,
): string | undefined {
  return sizes.includes(size) ? size : freeSizes && fitSize(size, freeSizes);
}

/** Width and height of a size such as `1536x1024`, in pixels; undefined for anything else. */
export function edgesOf(size: string): { width: number; height: number } | undefined {
  const [, width, height] = /^(\d{1,5})x(\d{1,5})$/.exec(size) ?? [];
  return Number(width) > 0 && Number(height) > 0
    ? { width: Number(width), height: Number(height) }
    : undefined;
}

/**
 * The size nearest to the one that is asked for, of the same shape as far as the rule allows; the same size when it fits.
 * Undefined when it is no size at all.
 */
export function fitSize(size: string, rule: SizeRule): string | undefined {
  const asked = edgesOf(size);
  if (!asked) return undefined;
  const isWide = asked.width >= asked.height;
  const ratio = Math.min(
    rule.maxRatio,
    Math.max(asked.width, asked.height) / Math.min(asked.width, asked.height),
  );
  const pixels = Math.min(rule.maxPixels, Math.max(rule.minPixels, asked.width * asked.height));
  const fits = ([long, short]: readonly [number, number]) =>
    long <= rule.maxEdge &&
    short <= long &&
    long <= short * rule.maxRatio &&
    long * short >= rule.minPixels &&
    long * short <= rule.maxPixels;
  const wanted = Math.min(rule.maxEdge, Math.sqrt(pixels * ratio));
  const near = (edge: number) =>
    [-2, -1, 0, 1, 2]
      .map((steps) => (Math.round(edge / rule.step) + steps) * rule.step)
      .filter((one) => one > 0);
  const distance = ([long, short]: readonly [number, number]) =>
    Math.abs(Math.log((long * short) / pixels)) + 2 * Math.abs(Math.log(long / short / ratio));
  const [best] = near(wanted)
    .flatMap((long) => near(long / ratio).map((short) => [long, short] as const))
    .filter(fits)
    .sort((one, other) => distance(one) - distance(other));
  if (!best) return undefined;
  const [long, short] = best;
  return isWide ? `${long}x${short}` : `${short}x${long}`;
}
