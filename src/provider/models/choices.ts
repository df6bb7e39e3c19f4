import type { Model, ModelList } from '../provider.ts';
import type { ModelSetting } from './settings.ts';
import type { ChoosableKind } from './store.ts';

/** A model as it is offered. `label` is shown: an administrator's, else the name, of a path only its last part. */
export type ModelChoice = Model & {
  label: string;
  isDefault: boolean;
  isHidden: boolean;
  position: number | null;
};

/** All models of one kind: the default, then by the administrators' order, then by label. Hidden ones are among them. */
export function arrange(
  list: ModelList,
  kind: ChoosableKind,
  settingOf: (name: string) => ModelSetting,
): ModelChoice[] {
  const preferred = kind === 'chat' ? list.defaultChat : list.defaultImage;
  const choiceOf = (model: Model): ModelChoice => {
    const { label, isHidden, position } = settingOf(model.name);
    const shown = label ?? model.label ?? model.name;
    return { ...model, label: shown, isHidden, position, isDefault: model.name === preferred };
  };
  const choices = list.models.filter((model) => model.kind === kind).map(choiceOf);
  // A server may answer for a model that it does not list.
  if (preferred !== undefined && !choices.some(({ isDefault }) => isDefault))
    choices.push(choiceOf({ name: preferred, kind }));
  return choices.sort(byOrder);
}

function byOrder(one: ModelChoice, other: ModelChoice): number {
  if (one.isDefault !== other.isDefault) return one.isDefault ? -1 : 1;
  const [first, second] = [one.position ?? Infinity, other.position ?? Infinity];
  if (first !== second) return first - second;
  return compareLabels(one.label, other.label);
}

/** Alphabetically, whatever the case; much quicker than the rules of a language, which names of models follow anyway. */
export function compareLabels(one: string, other: string): number {
  const [first, second] = [one.toLowerCase(), other.toLowerCase()];
  return first < second ? -1 : Number(first > second);
}
