import { invalid, notFound } from '../../lib/errors.ts';
import type { Config } from '../../platform/config.ts';
import type { Db } from '../../platform/db/db.ts';
import type { LearnedLesson, Lessons } from '../lessons/lessons.ts';
import type { Connection, ImageFamily, ModelList, ParameterName, Provider, ServedBy } from '../provider.ts';
import { createServerStore } from '../servers/store.ts';
import { arrange, type ModelChoice } from './choices.ts';
import { namedImage } from './defaults.ts';
import type { ModelSetting, ModelSettings } from './settings.ts';
import type { ChoosableKind, ModelSettingChange } from './store.ts';

export { compareLabels, type ModelChoice } from './choices.ts';
export type { ChoosableKind } from './store.ts';
export type NamedLesson = LearnedLesson & { server: string };
/** `environment`: named by `variable`, and so locked. `chosen`: by an administrator. */
export type DefaultModel = {
  kind: ChoosableKind;
  model: string | undefined;
  source: 'environment' | 'chosen' | 'automatic';
  variable: string | undefined;
};

type Deps = {
  db: Db;
  provider: Provider;
  lessons: Lessons;
  modelSettings: ModelSettings;
  config: Pick<Config, 'provider'>;
};

/** Which models can be chosen, how administrators arrange them, and what their servers taught. */
export function createModels({ db, provider, lessons, modelSettings: settings, config }: Deps) {
  const servers = createServerStore(db);
  const arranged = new Map<ChoosableKind, { list: ModelList; revision: number; choices: ModelChoice[] }>();

  const connectionOf = (kind: string) =>
    kind === 'image' ? provider.imageConnection() : provider.connection();

  /** Sorted once for each list and change: there may be two thousand models, and each page asks. */
  function all(kind: ChoosableKind): ModelChoice[] {
    const list = provider.models();
    const revision = settings.revision();
    const known = arranged.get(kind);
    if (known?.list === list && known.revision === revision) return known.choices;
    const { baseUrl } = connectionOf(kind);
    const choices = arrange(list, kind, (name) => settings.of(baseUrl, name));
    arranged.set(kind, { list, revision, choices });
    return choices;
  }

  function variableOf(kind: ChoosableKind): string | undefined {
    const { chatModel, imageModelIsGuess } = config.provider;
    if (kind === 'chat') return chatModel === 'auto' ? undefined : 'OPENAI_CHAT_MODEL';
    if (namedImage(config.provider) === 'auto') return undefined;
    return imageModelIsGuess ? 'OPENAI_MODEL' : 'OPENAI_IMAGE_MODEL';
  }

  function requireListed(name: string) {
    const model = provider.models().models.find((listed) => listed.name === name);
    if (!model) throw notFound();
    return model;
  }

  return {
    connection: (): Connection => provider.connection(),
    warnings: (): ModelList['warnings'] => provider.models().warnings,
    list: (): ModelList => provider.models(),
    /** Whether a chat model can be told how long to think; without a name the default one. */
    takesEffort: (model?: string): Promise<boolean> => provider.takesEffort(model),
    /** Which parameters a chat model takes; without a name the default one. */
    parametersOf: (model?: string): Promise<readonly ParameterName[]> => provider.parametersOf(model),
    family: (model?: string): ImageFamily => provider.imageFamily(model),

    /** Models of one kind to choose from, the default first. Empty while the server's list is not known. */
    choices: (kind: ChoosableKind): ModelChoice[] =>
      all(kind).filter(({ isHidden, isDefault }) => isDefault || !isHidden),
    /** One of them by its name, also when it is hidden. */
    findChoice: (kind: ChoosableKind, name: string): ModelChoice | undefined =>
      all(kind).find((choice) => choice.name === name),

    /** What administrators have set for a listed model. */
    settingOf: ({ name, kind }: { name: string; kind: string }): ModelSetting =>
      settings.of(connectionOf(kind).baseUrl, name),
    /** @throws AppError `not_found` for a model that is not listed */
    async changeSetting(name: string, change: ModelSettingChange): Promise<void> {
      const { kind } = requireListed(name);
      await settings.change(connectionOf(kind), name, change);
    },

    /** What answers where nobody has chosen a model, and who says so. */
    defaultOf(kind: ChoosableKind): DefaultModel {
      const { defaultChat, defaultImage } = provider.models();
      const variable = variableOf(kind);
      const isChosen = settings.defaults(connectionOf(kind).baseUrl)[kind] !== undefined;
      const source = variable !== undefined ? 'environment' : isChosen ? 'chosen' : 'automatic';
      return { kind, model: kind === 'chat' ? defaultChat : defaultImage, source, variable };
    },
    /**
     * Null: chosen automatically again. @throws AppError `not_found` for a model that is not listed, `invalid` for one of
     * another kind, and while the environment names the default
     */
    async chooseDefault(kind: ChoosableKind, name: string | null): Promise<void> {
      if (variableOf(kind) !== undefined) throw invalid('model', 'set_by_environment');
      if (name !== null && requireListed(name).kind !== kind) throw invalid('model', 'unknown_value');
      await settings.chooseDefault(connectionOf(kind), kind, name);
    },

    /** What was learned from refusals, the newest first, with the name of the server. */
    async lessons(): Promise<NamedLesson[]> {
      const names = new Map((await servers.list()).map(({ id, name }) => [id, name]));
      return lessons
        .all()
        .map((lesson) => ({
          ...lesson,
          server: names.get(lesson.providerId ?? '') ?? provider.connection().name,
        }))
        .sort((one, other) => other.learnedAt - one.learnedAt);
    },
    /** What the server can do, as `Provider.test` finds out. */
    test: (signal: AbortSignal) => provider.test({ signal }),
    /** The next call tries it again. @returns false when it is not known */
    forgetLesson: (lesson: ServedBy & { field: string }) => lessons.forget(lesson),
  };
}

export type Models = ReturnType<typeof createModels>;
