import type { ModelChoice } from '../provider/models/models.ts';

/** So many models the list of a page without scripts holds at most; the others are one click away. */
const MAX_OPTIONS = 60;

export type Option = Pick<ModelChoice, 'name' | 'label' | 'isDefault'>;
/** `favourites` and `recent` have a title of ours, others are called by the vendor before the slash; '' has no title. */
export type OptionGroup = { kind: 'favourites' | 'recent' | 'others'; vendor: string; options: Option[] };

/**
 * The models as a list in groups: what is in use and marked, what was used last, the others by vendor. Each stands in
 * one group. @returns the groups, and how many of `choices` they hold
 */
export function groupOptions(
  choices: readonly ModelChoice[],
  own: { favourites: readonly string[]; recent: readonly string[] },
  inUse: Option,
): { groups: OptionGroup[]; shown: number } {
  const left = new Map<string, Option>(choices.map((choice) => [choice.name, choice]));
  const isOffered = left.has(inUse.name);
  let room = MAX_OPTIONS;
  const take = (names: Iterable<string>): Option[] => {
    const taken: Option[] = [];
    for (const name of names) {
      const option = left.get(name);
      if (room === 0 || !option) continue;
      left.delete(name);
      room -= 1;
      taken.push(option);
    }
    return taken;
  };
  const favourites = take(own.favourites);
  const recent = take(isOffered ? [...own.recent, inUse.name] : own.recent);
  const others = take([...left.keys()]);
  if (!isOffered) others.unshift(inUse);
  const groups: OptionGroup[] = [
    { kind: 'favourites' as const, vendor: '', options: favourites },
    { kind: 'recent' as const, vendor: '', options: recent },
    ...byVendor(others),
  ];
  return { groups: groups.filter(({ options }) => options.length > 0), shown: MAX_OPTIONS - room };
}

function byVendor(options: readonly Option[]): OptionGroup[] {
  const groups = new Map<string, Option[]>();
  for (const option of options) {
    const vendor = vendorOf(option.name);
    groups.set(vendor, [...(groups.get(vendor) ?? []), option]);
  }
  return [...groups].map(([vendor, list]) => ({ kind: 'others', vendor, options: list }));
}

/** `openai` of `openai/gpt-5`; a path has none. */
function vendorOf(name: string): string {
  return /^([\w.-]*\w)\//.exec(name)?.[1] ?? '';
}
