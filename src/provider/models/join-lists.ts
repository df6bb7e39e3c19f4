import type { ModelList } from './model.ts';

/** Before the first answer of a server. */
export const noModels: ModelList = {
  state: 'waiting',
  models: [],
  defaultChat: undefined,
  defaultImage: undefined,
  warnings: [],
};

/** Joins what the server for chat and the one for images offer; the same lists give the same list. */
export function createJoin() {
  let made: { list: ModelList; images: ModelList; both: ModelList } | undefined;
  return (list: ModelList, images: ModelList | undefined): ModelList => {
    if (!images) return list;
    if (made?.list !== list || made.images !== images) made = { list, images, both: join(list, images) };
    return made.both;
  };
}

function join(list: ModelList, images: ModelList): ModelList {
  return {
    state: list.state,
    models: [
      ...list.models.filter(({ kind }) => kind !== 'image'),
      ...images.models.filter(({ kind }) => kind === 'image'),
    ],
    defaultChat: list.defaultChat,
    defaultImage: images.defaultImage,
    warnings: [...list.warnings, ...images.warnings],
  };
}
