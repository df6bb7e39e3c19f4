import { createHash } from 'node:crypto';

export type Dice = ReturnType<typeof createDice>;

/**
 * Random choices that depend on `seed` alone. Each actor has dice of its own, so that its choices stay the same however
 * the actors take turns.
 */
export function createDice(seed: string) {
  let count = 0;
  /** From 0 up to, not including, 1. */
  const number = () =>
    createHash('sha256').update(`${seed}/${count++}`).digest().readUInt32LE(0) / 4_294_967_296;
  const whole = (min: number, max: number) => min + Math.floor(number() * (max - min + 1));
  const pick = <T>(list: readonly T[]): T | undefined => list[whole(0, list.length - 1)];

  return {
    /** Both ends included. */
    whole,
    chance: (probability: number) => number() < probability,
    /** Undefined for an empty list. */
    pick,
    /** One of the entries, each as likely as its weight says. */
    weighted<T>(entries: readonly (readonly [weight: number, value: T])[]): T {
      let at = number() * entries.reduce((sum, [weight]) => sum + weight, 0);
      const found = entries.find(([weight]) => (at -= weight) < 0) ?? entries.at(-1);
      if (!found) throw new Error('nothing to choose from');
      return found[1];
    },
    /** So many different ones, or all when there are fewer. */
    some<T>(list: readonly T[], count: number): T[] {
      const left = [...list];
      const taken: T[] = [];
      while (left.length > 0 && taken.length < count)
        taken.push(...left.splice(whole(0, left.length - 1), 1));
      return taken;
    },
  };
}

const CANARY = /canary-[0-9a-f]{12}/g;

/** A word that nobody else has: it stands in all texts of one person. */
export const canaryOf = (seed: string) =>
  `canary-${createHash('sha256').update(seed).digest('hex').slice(0, 12)}`;
export const canariesIn = (text: string): string[] => text.match(CANARY) ?? [];

/** The colour of all images of one person. */
export function colourOf(canary: string): readonly [number, number, number] {
  const hash = createHash('sha256').update(canary).digest();
  return [hash[0] ?? 0, hash[1] ?? 0, hash[2] ?? 0];
}
