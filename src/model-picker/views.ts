import { shortTokens, type ModelFacts } from './facts.ts';
import type { ListedModel, PickerView } from './model-picker.ts';

type Translate = (key: string, params?: Record<string, unknown>) => string;
/** Writes a day such as `2027-01-14` for the reader. */
export type WriteDay = (day: string) => string;

/** A fact as a line of a list shows it; `spoken` is read out in place of a sign. */
export type FactView = { text: string; spoken: string | null };

/** What helps to choose a model, as short words. */
export function factViews(facts: ModelFacts, t: Translate, writeDay: WriteDay): FactView[] {
  const { seesImages, thinks, contextTokens, priceClass, endsOn } = facts;
  const plain = (text: string): FactView => ({ text, spoken: null });
  return [
    ...(seesImages ? [plain(t('picker.sees_images'))] : []),
    ...(thinks ? [plain(t('picker.thinks'))] : []),
    ...(contextTokens === undefined
      ? []
      : [plain(t('picker.context', { tokens: shortTokens(contextTokens) }))]),
    ...(priceClass === undefined ? [] : [priceView(priceClass, t)]),
    ...(endsOn === undefined ? [] : [plain(t('picker.ends', { day: writeDay(endsOn) }))]),
  ];
}

function priceView(priceClass: number, t: Translate): FactView {
  const spoken = t(`picker.prices.${priceClass}`);
  return priceClass === 0 ? { text: spoken, spoken: null } : { text: '$'.repeat(priceClass), spoken };
}

/** The groups of a list of models, with their titles. */
export function pickerView(picker: PickerView, t: Translate) {
  if (picker.mode !== 'list') return picker;
  const hasTitles = picker.groups.length > 1;
  const groups = picker.groups.map(({ kind, vendor, options }) => ({
    title: hasTitles ? (kind === 'others' ? vendor || t('picker.others') : t(`picker.${kind}`)) : '',
    options: options.map(({ name, label, isDefault }) => ({
      value: name,
      label: isDefault ? t('app.default_model', { model: label }) : label,
      selected: name === picker.selected,
    })),
  }));
  return { ...picker, groups };
}

export type PickerData = ReturnType<typeof pickerView>;

/** A model as JSON, for the picker of a page and for programs; what is not known is left out. */
export function modelJson({ choice, facts, isFavourite }: ListedModel) {
  const { name, label, isDefault } = choice;
  return {
    name,
    ...(label === name ? {} : { label }),
    ...(facts.seesImages ? { sees_images: true } : {}),
    ...(facts.thinks ? { thinks: true } : {}),
    ...(facts.contextTokens === undefined ? {} : { context_tokens: facts.contextTokens }),
    ...(facts.priceClass === undefined ? {} : { price_class: facts.priceClass }),
    ...(facts.endsOn === undefined ? {} : { ends_on: facts.endsOn }),
    ...(isDefault ? { default: true } : {}),
    ...(isFavourite ? { favourite: true } : {}),
  };
}

/** The models whose name or label contains all words of `query`; favourites first. */
export function searchModels(list: readonly ListedModel[], query: string): ListedModel[] {
  const words = query.toLowerCase().split(/\s+/);
  const found = list.filter(({ choice: { name, label } }) => {
    const text = `${name} ${label}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  return [...found.filter((one) => one.isFavourite), ...found.filter((one) => !one.isFavourite)];
}
