import type { Db } from '../../platform/db/db.ts';
import type { Connection, ImageFamily, ModelList, Provider } from '../provider.ts';
import { createModelStore } from './store.ts';

export type ModelChoice = { name: string; isDefault: boolean };

/** Which models can be chosen, and the row of the model server they come from. */
export function createModels({ db, provider, now }: { db: Db; provider: Provider; now: () => number }) {
  const store = createModelStore(db);
  let recorded: { key: string; id: Promise<string> } | undefined;

  return {
    connection: (): Connection => provider.connection(),
    warnings: (): ModelList['warnings'] => provider.models().warnings,
    family: (model?: string): ImageFamily => provider.imageFamily(model),

    /** Models of one kind for a picker, the default first. Empty while the server's list is not known. */
    choices(kind: 'chat' | 'image'): ModelChoice[] {
      const { models, defaultChat, defaultImage } = provider.models();
      const preferred = kind === 'chat' ? defaultChat : defaultImage;
      const names = models.filter((model) => model.kind === kind).map((model) => model.name);
      const others = names.filter((name) => name !== preferred).sort();
      return [
        ...(preferred ? [{ name: preferred, isDefault: true }] : []),
        ...others.map((name) => ({ name, isDefault: false })),
      ];
    },

    /** Waits until it is known which model server answers, and returns the id of its row. */
    async providerId(): Promise<string> {
      const { id, name, baseUrl } = await provider.ready();
      const key = `${id} ${baseUrl ?? ''}`;
      if (recorded?.key !== key) {
        const save = store.upsertProvider({ id, name, baseUrl: baseUrl ?? null, now: now() }).then(() => id);
        recorded = { key, id: save };
        save.catch(() => (recorded = undefined));
      }
      return recorded.id;
    },
  };
}

export type Models = ReturnType<typeof createModels>;
