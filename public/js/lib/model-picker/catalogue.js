/**
 * @typedef {object} Model as `GET /models` tells it; what is not known is left out
 * @property {string} name
 * @property {string} [label]
 * @property {boolean} [sees_images]
 * @property {boolean} [thinks]
 * @property {number} [context_tokens]
 * @property {0 | 1 | 2 | 3} [price_class]
 * @property {string} [ends_on]
 * @property {boolean} [default]
 * @property {boolean} [favourite]
 *
 * @typedef {{ title: string, models: Model[] }} Section
 * @typedef {{ sections: Section[], count: number }} Found `count`: of all that match, of which the sections hold the first
 */

/** So many rows are drawn at most; typing finds the others. */
const MAX_ROWS = 100;

/**
 * Asks for the models once, when they are first needed; a failure is not kept.
 * @returns {() => Promise<{ models: Model[], favourites: string[], recent: string[] }>}
 */
export function createCatalogue() {
  /** @type {ReturnType<ReturnType<typeof createCatalogue>> | undefined} */
  let asked;
  const ask = async () => {
    const answer = await fetch('/models', { headers: { accept: 'application/json' } });
    if (!answer.ok) throw new Error(`models: ${answer.status}`);
    return answer.json();
  };
  return () => {
    asked ??= ask().catch((error) => {
      asked = undefined;
      throw error;
    });
    return asked;
  };
}

/**
 * The models that match all words of the query: without one favourites, those used last and the rest, each once; with
 * one those first whose label begins with it.
 * @param {{ models: Model[], favourites: string[], recent: string[] }} catalogue
 * @param {string} query
 * @param {Record<string, string>} words
 * @returns {Found}
 */
export function findModels({ models, favourites, recent }, query, words) {
  const asked = query.trim().toLowerCase();
  if (asked === '') return grouped(models, [...new Set(favourites)], recent, words);
  const parts = asked.split(/\s+/);
  const matching = models.filter((model) => {
    const text = `${model.name} ${model.label ?? ''}`.toLowerCase();
    return parts.every((part) => text.includes(part));
  });
  const isFirst = (/** @type {Model} */ model) => labelOf(model).toLowerCase().startsWith(asked);
  const found = [...matching.filter(isFirst), ...matching.filter((model) => !isFirst(model))];
  return { sections: [{ title: '', models: found.slice(0, MAX_ROWS) }], count: found.length };
}

/** @param {Model[]} models @param {string[]} favourites @param {string[]} recent @param {Record<string, string>} words */
function grouped(models, favourites, recent, words) {
  const left = new Map(models.map((model) => [model.name, model]));
  const take = (/** @type {Iterable<string>} */ names) => {
    const taken = [];
    for (const name of names) {
      const model = left.get(name);
      if (model) taken.push(model);
      left.delete(name);
    }
    return taken;
  };
  const first = take(favourites);
  const second = take(recent);
  const rest = [...left.values()].slice(0, Math.max(0, MAX_ROWS - first.length - second.length));
  const hasTitles = first.length + second.length > 0;
  const sections = [
    { title: words.favourites ?? '', models: first },
    { title: words.recent ?? '', models: second },
    { title: hasTitles ? (words.others ?? '') : '', models: rest },
  ];
  return { sections: sections.filter((section) => section.models.length > 0), count: models.length };
}

/** What is shown of a model. @param {Model} model */
export const labelOf = ({ name, label }) => label ?? name;

/**
 * Makes a model a favourite, or no longer one.
 * @param {string} model @param {boolean} favourite
 * @returns {Promise<boolean>} false when the server did not take it
 */
export async function markFavourite(model, favourite) {
  const answer = await fetch('/settings/models/favourite', {
    method: 'POST',
    headers: { accept: 'application/json', 'content-type': 'application/json' },
    body: JSON.stringify({ model, favourite }),
  }).catch(() => undefined);
  return answer?.ok ?? false;
}
