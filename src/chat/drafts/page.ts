import type { Request } from 'express';
import { excerpt } from '../../lib/text.ts';
import { iso } from '../../lib/time.ts';
import { textOf } from '../../web/validation.ts';
import type { Draft, ListedDraft } from './drafts.ts';

const EXCERPT_CHARACTERS = 200;

/** What the composer needs to save what is typed. */
export type DraftState = {
  /** Where it is saved. */
  url: string;
  /** The version that was seen, 0 for none. */
  version: number;
  /** When the text in the field was saved; null when it is not what is stored. */
  savedAt: number | null;
  /** Another text that is stored: from another device, or from before a link that brought a text along. */
  other: { content: string; version: number; savedAt: number } | null;
};

/**
 * `typed` is the text of a form that failed or of a link, undefined where the stored draft is shown. A form that failed
 * names the version that it has seen: only a newer one is offered.
 */
export function draftState(req: Request, url: string, stored: Draft | undefined, typed: string | undefined) {
  const seen = Number(textOf(req.body, 'draft_version') ?? 0) || 0;
  const isShown = stored !== undefined && (typed === undefined || typed === stored.content);
  const isSeen = isShown || stored?.version === seen;
  const other =
    stored && !isSeen ? { content: stored.content, version: stored.version, savedAt: stored.version } : null;
  const state: DraftState = {
    url,
    version: stored && isSeen ? stored.version : 0,
    savedAt: isShown ? stored.version : null,
    other,
  };
  return state;
}

/** The page with the composer that a draft belongs to; null: the start page. */
export const urlOfPlace = (conversationId: string | null) =>
  conversationId === null ? '/' : `/conversations/${conversationId}?write=1#composer`;

export function draftJson(draft: Draft) {
  return {
    id: draft.id,
    conversation_id: draft.conversationId,
    content: draft.content,
    attachments: draft.attachments,
    draft_version: draft.version,
    updated_at: iso(draft.version),
  };
}

/** One row of the list; `place` says where the draft belongs. */
export function draftView(req: Request, draft: ListedDraft) {
  const { id, content, attachments, version, conversationId } = draft;
  return {
    text: excerpt(content, EXCERPT_CHARACTERS),
    attachments: attachments.length,
    place: conversationId === null ? req.t('drafts.new_chat') : draft.title || req.t('drafts.untitled'),
    savedAt: version,
    url: urlOfPlace(conversationId),
    discardUrl: `/drafts/${id}/delete`,
  };
}
