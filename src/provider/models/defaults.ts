import type { Model, ModelKind, ModelList } from '../provider.ts';
import { kindOf } from './kind-of-name.ts';
import { autoChat, autoImage } from './known.ts';
import { bareName } from './openai-names.ts';

export type Wanted = { chatModel: string; imageModel: string; imageModelIsGuess: boolean };
/** What an administrator has chosen; where that is nothing, the default is chosen automatically. */
export type ChosenDefaults = { chat?: string | undefined; image?: string | undefined };

/** The environment's names, which win, and where there is none, those of an administrator. */
export function mergeDefaults(wanted: Wanted, chosen: ChosenDefaults): Wanted {
  const { chatModel } = wanted;
  const imageModel = namedImage(wanted);
  return {
    chatModel: chatModel === 'auto' ? (chosen.chat ?? 'auto') : chatModel,
    imageModel: imageModel === 'auto' ? (chosen.image ?? 'auto') : imageModel,
    imageModelIsGuess: false,
  };
}

/** `OPENAI_MODEL` may name a chat model, for older setups; then it says nothing about images. */
export function namedImage({ imageModel, imageModelIsGuess }: Wanted): string {
  return imageModelIsGuess && kindOf(imageModel) !== 'image' ? 'auto' : imageModel;
}

/**
 * The list with its defaults and warnings. `listed` is undefined while the server has not answered; then a named
 * model is taken at its word, and `auto` is the first of the ordered list.
 */
export function chooseModels(listed: Model[] | undefined, wanted: Wanted, today: string): ModelList {
  const models = (listed ?? []).filter((model) => !isShutDown(model, today));
  const warnings: ModelList['warnings'] = [];
  const choose = (kind: 'chat' | 'image', named: string, order: readonly string[]) => {
    if (named !== 'auto' && listed === undefined) return named;
    if (named !== 'auto' && models.some((model) => model.name === named)) return named;
    if (named !== 'auto') warnings.push(missing(named, listed ?? []));
    const chosen = auto(kind, models, order) ?? (listed === undefined ? order[0] : undefined);
    // Many servers list only some of their models: the name in the settings is a better guess than none.
    return chosen ?? (named === 'auto' ? undefined : named);
  };
  const defaultChat = choose('chat', wanted.chatModel, autoChat);
  const defaultImage = choose('image', namedImage(wanted), autoImage);
  // A name from the settings wins over what its name looks like, so a form offers it among its kind.
  const kinds = new Map<string | undefined, ModelKind>([
    [defaultImage, 'image'],
    [defaultChat, 'chat'],
  ]);
  return {
    state: listed === undefined ? 'waiting' : 'listed',
    models: models.map((model) => ({ ...model, kind: kinds.get(model.name) ?? model.kind })),
    defaultChat,
    defaultImage,
    warnings,
  };
}

function auto(kind: ModelKind, models: Model[], order: readonly string[]): string | undefined {
  const right = models.filter((model) => model.kind === kind);
  for (const name of order) {
    const found =
      right.find((model) => model.name === name) ?? right.find((model) => isDated(model.name, name));
    if (found) return found.name;
  }
  return right[0]?.name;
}

/** `gpt-4o-2024-11-20` of `gpt-4o`, and the same behind a vendor's prefix. */
function isDated(model: string, name: string): boolean {
  const bare = bareName(model);
  return (
    bare === name || (bare.startsWith(`${name}-`) && /^\d{4}-\d{2}-\d{2}$/.test(bare.slice(name.length + 1)))
  );
}

function missing(model: string, listed: Model[]): ModelList['warnings'][number] {
  const date = listed.find(({ name }) => name === model)?.shutdownDate;
  return date === undefined
    ? { key: 'provider.model_not_listed', params: { model } }
    : { key: 'provider.model_shut_down', params: { model, date } };
}

function isShutDown({ shutdownDate }: Model, today: string): boolean {
  return shutdownDate !== undefined && shutdownDate <= today;
}
