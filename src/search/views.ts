import { excerpt } from '../lib/text.ts';
import { iso } from '../lib/time.ts';
import { parseQuery, withoutFilter } from '../lib/search/query.ts';
import type { FoundDocument } from './search.ts';

type Translate = (key: string, params?: Record<string, unknown>) => string;
/** A link to another search; `text` is the filter that it is without, or what it is called. */
export type FilterView = { text: string; url: string };
export type HitView = ReturnType<typeof hitView>;

const TITLE_CHARACTERS = 120;
const urlOf = (text: string) => `/search?${new URLSearchParams({ q: text }).toString()}`;

/** The filters of a query, each with the search that leaves it out. */
export const filterViews = (typed: string): FilterView[] =>
  parseQuery(typed).filters.map((filter) => ({
    text: filter.text,
    url: urlOf(withoutFilter(typed, filter)),
  }));

/** Where a search that found nothing may find something, the nearest first: without a filter, with fewer words, in the trash. */
export function widerViews(typed: string, t: Translate): FilterView[] {
  const { words, filters } = parseQuery(typed);
  const without = filters.map((filter) => ({
    text: t('search.without', { filter: filter.text }),
    url: urlOf(withoutFilter(typed, filter)),
  }));
  const kept = filters.map(({ text }) => text);
  const single =
    words.length > 1 ? words.map(({ text }) => ({ text, url: urlOf([text, ...kept].join(' ')) })) : [];
  const isInTrash = filters.some(({ name, value }) => name === 'in' && value === 'trash');
  const trash = isInTrash ? [] : [{ text: t('search.in_trash'), url: urlOf(`${typed} in:trash`) }];
  return words.length + filters.length === 0 ? [] : [...without, ...single, ...trash];
}

export function hitView(hit: FoundDocument, t: Translate) {
  const title = excerpt(hit.title, TITLE_CHARACTERS) || t('search.untitled');
  return { ...hit, title, kindLabel: t(`search.kinds.${hit.kind}`), url: hitUrl(hit), icon: iconOf(hit) };
}

export const hitJson = (hit: FoundDocument) => ({
  kind: hit.kind,
  ...(hit.conversationId === null ? {} : { conversation_id: hit.conversationId }),
  ...(hit.messageId === null ? {} : { message_id: hit.messageId }),
  ...(hit.imageId === null ? {} : { image_id: hit.imageId }),
  title: hit.title,
  excerpt: hit.excerpt,
  url: hitUrl(hit),
  created_at: iso(hit.createdAt),
});

/** The very message on its branch; of what is deleted, where the trash shows it. */
function hitUrl({ isDeleted, imageId, conversationId, messageId }: FoundDocument): string {
  if (imageId !== null) return isDeleted ? `/trash/${imageId}` : `/images/${imageId}`;
  const at = messageId === null ? '' : `?at=${messageId}#message-${messageId}`;
  return `${isDeleted ? '/trash' : '/conversations'}/${conversationId ?? ''}${at}`;
}

const iconOf = ({ kind, isDeleted }: FoundDocument) =>
  isDeleted ? 'trash' : kind === 'image' ? 'images' : 'chat';
