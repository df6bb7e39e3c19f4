import type { Model, ModelKind, ModelList } from '../provider.ts';

/**
 * What `auto` picks, the first one that the server lists. A good mid-priced model comes first; dated versions of a
 * listed name count as that name. Order by OpenAI's model and price pages of November 2026.
 */
export const autoChat: readonly string[] = [
  'gpt-5.6-terra',
  'gpt-5.6-luna',
  'gpt-5.4-mini',
  'gpt-5.1-mini',
  'gpt-5-mini',
  'gpt-4.1-mini',
  'gpt-4o-mini',
  'gpt-5.4',
  'gpt-5.2',
  'gpt-5.1',
  'gpt-5',
  'gpt-4.1',
  'gpt-4o',
];
export const autoImage: readonly string[] = [
  'gpt-image-2.5-flare',
  'gpt-image-2',
  'gpt-image-1.5',
  'gpt-image-1-mini',
  'gpt-image-2.5-sunburst',
  'chatgpt-image-latest',
  'gpt-image-1',
  'dall-e-3',
  'dall-e-2',
];

const imageNames =
  /gpt-image|chatgpt-image|dall-?e|imagen-?\d|imagen$|flux|stable-?diffusion|\bsdxl|\bsd-?[123]|midjourney|kandinsky|playground-v|pixart|hidream|recraft|ideogram|seedream|cogview|-image\b|image-generation|z-image/;
const otherNames =
  /embed|whisper|\btts|transcri|moderation|realtime|audio|speech|voice|\bsora|\bveo|video|rerank|\bclip\b|\bbge-|\bgte-|\be5-|minilm|colbert|guard|^(davinci|babbage)-002|^gpt-3\.5-turbo-instruct|^(o\d|gpt-\d[\d.]*)-pro|deep-research|computer-use|codex|^omni-/;

/** What a model does, read from its name: the lists of compatible servers say no more. Unknown names chat. */
export function kindOf(name: string): ModelKind {
  const bare = name.toLowerCase().slice(name.lastIndexOf('/') + 1);
  if (otherNames.test(bare)) return 'other';
  return imageNames.test(bare) ? 'image' : 'chat';
}

/** The models of a `GET /models` answer, or nothing when it is no such list. Repeated names count once. */
export function readModels(answer: unknown): Model[] | undefined {
  const data =
    typeof answer === 'object' && answer !== null ? (answer as { data?: unknown }).data : undefined;
  if (!Array.isArray(data)) return undefined;
  const models = new Map<string, Model>();
  for (const item of data as unknown[]) {
    const { id, shutdown_date: shutdown } = (item ?? {}) as { id?: unknown; shutdown_date?: unknown };
    if (typeof id !== 'string' || id === '' || id.length > MAX_NAME_CHARACTERS) continue;
    models.set(id, { name: id, kind: kindOf(id), shutdownDate: dayOf(shutdown) });
    if (models.size === MAX_MODELS) break;
  }
  return [...models.values()];
}

const MAX_MODELS = 2000;
const MAX_NAME_CHARACTERS = 200;

export type Wanted = { chatModel: string; imageModel: string; imageModelIsGuess: boolean };

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
  // OPENAI_MODEL may name a chat model, for older setups; then it says nothing about images.
  const namedImage =
    wanted.imageModelIsGuess && kindOf(wanted.imageModel) !== 'image' ? 'auto' : wanted.imageModel;
  const defaultChat = choose('chat', wanted.chatModel, autoChat);
  const defaultImage = choose('image', namedImage, autoImage);
  // A name from the settings wins over what its name looks like, so a form offers it among its kind.
  const kinds = new Map<string | undefined, ModelKind>([
    [defaultImage, 'image'],
    [defaultChat, 'chat'],
  ]);
  return {
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
  const bare = model.slice(model.lastIndexOf('/') + 1);
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

/** A day as `2026-05-12` from a date text or from seconds since 1970; nothing when it is neither. */
function dayOf(value: unknown): string | undefined {
  const date =
    typeof value === 'number'
      ? new Date(value * 1000)
      : typeof value === 'string'
        ? new Date(value)
        : undefined;
  return date === undefined || Number.isNaN(date.getTime()) ? undefined : date.toISOString().slice(0, 10);
}
