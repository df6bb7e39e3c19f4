import { bareName } from '../../provider/models/openai-names.ts';
import type { Model } from '../../provider/provider.ts';

/** What vendors call their small models, the smallest first. */
const sizes = ['nano', 'lite', 'tiny', 'mini', 'haiku', 'flash', 'small'];
const specialized = /audio|realtime|search|transcribe|tts|image|codex|live|vision/;
/** Servers on one's own machine: to load a second model would take the first one out of memory. */
const localOwners = ['library', 'organization_owner'];

/**
 * The smallest listed model of the same family that can do small work as well: the cheapest where prices are listed, else by
 * its name. The model itself where there is none.
 */
export function smallestModel(name: string, models: readonly Model[]): string {
  const own = models.find((model) => model.name === name);
  if (own?.owner !== undefined && localOwners.includes(own.owner)) return name;
  const family = familyOf(name);
  const candidates = models.filter(
    (model) => model.kind === 'chat' && familyOf(model.name) === family && sizeOf(model.name) >= 0,
  );
  const [smallest] = candidates.sort(
    (one, other) =>
      (one.price?.completion ?? Infinity) - (other.price?.completion ?? Infinity) ||
      sizeOf(one.name) - sizeOf(other.name) ||
      -compareNames(one.name, other.name),
  );
  return smallest?.name ?? name;
}

/** The vendor's prefix and the first word of the name. */
const familyOf = (name: string) =>
  name.slice(0, name.length - bareName(name).length) + (/^[a-z]+/i.exec(bareName(name))?.[0] ?? '');

/** Its place among the small ones; -1 for a model that is none, or is for something else. */
function sizeOf(name: string): number {
  if (specialized.test(name)) return -1;
  const parts = bareName(name).split(/[-_.:]/);
  return sizes.findIndex((size) => parts.includes(size));
}

/** Later versions have greater numbers. */
const compareNames = (one: string, other: string) => one.localeCompare(other, 'en', { numeric: true });
