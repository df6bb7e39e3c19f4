import { iso } from '../lib/time.ts';
import type { Model } from '../provider/provider.ts';
import {
  compareLabels,
  type ChoosableKind,
  type DefaultModel,
  type Models,
  type NamedLesson,
} from '../provider/models/models.ts';

const PAGE_SIZE = 50;
const kinds = ['chat', 'image', 'other'];

/** A model as the page lists it; `url` leads to its own page. */
export type ModelLine = {
  name: string;
  /** What is shown to people in its place. */
  label: string;
  kind: string;
  position: number | null;
  isHidden: boolean;
  isDefault: boolean;
  shutdownDate: string | null;
  url: string;
};

/**
 * The models whose name or label contains all words of `query`, a page of them: by kind, then as people see them.
 * @param wantedPage from 1; what is no page of the list is the nearest one
 */
export function findModels(models: Models, query: string, wantedPage: string | undefined) {
  const words = query.toLowerCase().split(/\s+/);
  const found = allLines(models).filter(({ name, label }) => {
    const text = `${name} ${label}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  const pages = Math.max(1, Math.ceil(found.length / PAGE_SIZE));
  const page = Math.min(pages, Math.max(1, Math.floor(Number(wantedPage ?? 1)) || 1));
  return { lines: found.slice((page - 1) * PAGE_SIZE, page * PAGE_SIZE), count: found.length, page, pages };
}

function allLines(models: Models): ModelLine[] {
  const defaults = new Set([models.defaultOf('chat').model, models.defaultOf('image').model]);
  return models
    .list()
    .models.map((model) => lineOf(models, model, defaults))
    .sort(byKindAndOrder);
}

function lineOf(models: Models, model: Model, defaults: ReadonlySet<string | undefined>): ModelLine {
  const { label, isHidden, position } = models.settingOf(model);
  return {
    name: model.name,
    label: label ?? model.label ?? model.name,
    kind: model.kind,
    position,
    isHidden,
    isDefault: defaults.has(model.name),
    shutdownDate: model.shutdownDate ?? null,
    url: modelUrl(model.name),
  };
}

function byKindAndOrder(one: ModelLine, other: ModelLine): number {
  if (one.kind !== other.kind) return kinds.indexOf(one.kind) - kinds.indexOf(other.kind);
  const [first, second] = [one.position ?? Infinity, other.position ?? Infinity];
  if (first !== second) return first - second;
  return compareLabels(one.label, other.label);
}

/** The page on which a model is renamed, hidden and moved. */
export const modelUrl = (name: string): string =>
  `/admin/models/edit?${new URLSearchParams({ model: name }).toString()}`;

/** A page of the list of models. */
export function pageUrl(query: string, page: number): string {
  const fields = new URLSearchParams({ ...(query === '' ? {} : { q: query }), page: String(page) });
  return `/admin/models?${fields.toString()}`;
}

/** A model as JSON, as administrators see it. */
export function modelJson(models: Models, model: Model) {
  const { label, isHidden, position } = models.settingOf(model);
  return {
    name: model.name,
    label,
    kind: model.kind,
    hidden: isHidden,
    position,
    shutdown_date: model.shutdownDate ?? null,
  };
}

/** A default as the page shows it; `url` leads to the page of the model. */
export function defaultLine(models: Models, kind: ChoosableKind) {
  const chosen = models.defaultOf(kind);
  const isListed = models.list().models.some(({ name }) => name === chosen.model);
  return { ...chosen, url: chosen.model !== undefined && isListed ? modelUrl(chosen.model) : null };
}

/** A default as JSON; `variable` is what locks it. */
export function defaultJson({ model, source, variable }: DefaultModel) {
  return { model: model ?? null, source, variable: variable ?? null };
}

/** What a model refused, as JSON. */
export function lessonJson({ server, providerId, model, field, instead, words, learnedAt }: NamedLesson) {
  return {
    server,
    provider_id: providerId,
    model,
    field,
    instead: instead ?? null,
    words,
    learned_at: iso(learnedAt),
  };
}
