import { notFound } from '../lib/errors.ts';
import type { Db } from '../platform/db/db.ts';
import type { ModelChoice, Models } from '../provider/models/models.ts';
import type { Usage } from '../usage/usage.ts';
import { factsOf, type ModelFacts } from './facts.ts';
import { groupOptions, type OptionGroup } from './options.ts';
import { createPickerStore } from './store.ts';

export { shortTokens, type ModelFacts } from './facts.ts';
export type { OptionGroup } from './options.ts';
export { pickerView, type PickerData } from './views.ts';

/** How a model is chosen on a page. `none`: the server's list is not there yet, and the default answers. */
export type PickerView =
  | { mode: 'none' }
  /** The server gives no list: a name is typed. */
  | { mode: 'text'; selected: string; recent: string[] }
  | {
      mode: 'list';
      selected: string;
      groups: OptionGroup[];
      /** How many models there are; `isWhole`: the groups hold all of them. */
      count: number;
      isWhole: boolean;
    };
export type ListedModel = { choice: ModelChoice; facts: ModelFacts; isFavourite: boolean };

type Deps = { db: Db; models: Models; usage: Pick<Usage, 'prices'>; now: () => number };

/** Which chat models a person is offered: what they have marked and used last comes first. */
export function createModelPicker({ db, models, usage, now }: Deps) {
  const store = createPickerStore(db);

  const factsFor = (choice: ModelChoice) => factsOf(choice, usage.prices.find(choice.name), now());

  async function ownOf(userId: string) {
    const [favourites, recent] = await Promise.all([store.listFavourites(userId), store.listRecent(userId)]);
    return { favourites, recent };
  }

  return {
    /** The picker of a page. `selected`: the model in use; without one it is the default. */
    async view(userId: string, selected?: string | null): Promise<PickerView> {
      const choices = models.choices('chat');
      const { state, models: listed } = models.list();
      const standard = models.defaultOf('chat');
      if (state === 'waiting') return { mode: 'none' };
      const own = await ownOf(userId);
      if (!listed.some(({ kind }) => kind === 'chat')) {
        const named = standard.source === 'automatic' ? undefined : standard.model;
        return { mode: 'text', selected: selected ?? named ?? '', recent: own.recent };
      }
      const current = selected ?? standard.model ?? '';
      // A hidden or unlisted model stays chosen where it is in use.
      const inUse = models.findChoice('chat', current) ?? { name: current, label: current, isDefault: false };
      const { groups, shown } = groupOptions(choices, own, inUse);
      return {
        mode: 'list',
        selected: current,
        groups,
        count: choices.length,
        isWhole: shown >= choices.length,
      };
    },

    /** All that can be chosen, with what helps to choose. */
    async catalogue(userId: string) {
      const { favourites, recent } = await ownOf(userId);
      const marked = new Set(favourites);
      const list = models.choices('chat').map((choice): ListedModel => ({
        choice,
        facts: factsFor(choice),
        isFavourite: marked.has(choice.name),
      }));
      return { models: list, favourites, recent };
    },

    /** @throws AppError `not_found` when a model that is not offered is to be marked */
    async mark(userId: string, model: string, isFavourite: boolean): Promise<void> {
      if (isFavourite && !models.findChoice('chat', model)) throw notFound();
      if (isFavourite) await store.addFavourite(userId, model, now());
      else await store.removeFavourite(userId, model);
    },
  };
}

export type ModelPicker = ReturnType<typeof createModelPicker>;
