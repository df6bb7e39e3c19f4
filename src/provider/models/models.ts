import type { Db } from '../../platform/db/db.ts';
import type { LearnedLesson, Lessons } from '../lessons/lessons.ts';
import type { Connection, ImageFamily, ModelList, Provider, ServedBy } from '../provider.ts';
import { createServerStore } from '../servers/store.ts';

/** `label` is shown: of a name that is a path only the last part. */
export type ModelChoice = { name: string; label: string; isDefault: boolean };
export type NamedLesson = LearnedLesson & { server: string };

type Deps = { db: Db; provider: Provider; lessons: Lessons };

/** Which models can be chosen, and what their servers taught. */
export function createModels({ db, provider, lessons }: Deps) {
  const servers = createServerStore(db);
  return {
    connection: (): Connection => provider.connection(),
    warnings: (): ModelList['warnings'] => provider.models().warnings,
    list: (): ModelList => provider.models(),
    /** Whether a chat model can be told how long to think; without a name the default one. */
    takesEffort: (model?: string): Promise<boolean> => provider.takesEffort(model),
    family: (model?: string): ImageFamily => provider.imageFamily(model),

    /** Models of one kind for a picker, the default first. Empty while the server's list is not known. */
    choices(kind: 'chat' | 'image'): ModelChoice[] {
      const { models, defaultChat, defaultImage } = provider.models();
      const preferred = kind === 'chat' ? defaultChat : defaultImage;
      const labels = new Map(models.map(({ name, label = name }) => [name, label]));
      const choiceOf = (name: string) => ({
        name,
        label: labels.get(name) ?? name,
        isDefault: name === preferred,
      });
      const names = models.filter((model) => model.kind === kind).map((model) => model.name);
      const others = names.filter((name) => name !== preferred).sort();
      return [...(preferred ? [preferred] : []), ...others].map(choiceOf);
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
