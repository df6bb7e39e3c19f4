import type { Request } from 'express';
import type { ConversationLinks, LinkedConversation } from './origins.ts';

type LinkView = { label: string; title: string; url: string | null; note: string | null };
/** What stands above a conversation about those that it is linked with; `into`: grouped under one label each. */
export type OriginLinks = {
  from: LinkView | null;
  summary: { text: string; editUrl: string } | null;
  into: { label: string; links: LinkView[] }[];
};

/** The links of the conversation `id` as sentences; null when it has none. */
export function originLinks(
  req: Request,
  id: string,
  { origin, summary, derived }: ConversationLinks,
): OriginLinks | null {
  if (!origin && derived.length === 0) return null;
  const group = (kind: LinkedConversation['kind']) => {
    const label = req.t(`origins.${kind}_into`);
    return {
      label,
      links: derived.filter((one) => one.kind === kind).map((one) => linkView(req, one, label)),
    };
  };
  return {
    from: origin && linkView(req, origin, fromLabel(req, origin)),
    summary: summary === null ? null : { text: summary, editUrl: `/conversations/${id}/origin-summary` },
    into: [group('fork'), group('summary')].filter(({ links }) => links.length > 0),
  };
}

const fromLabel = (req: Request, { id, kind }: LinkedConversation) =>
  req.t(id === null ? `origins.gone_${kind}` : `origins.${kind}_from`);

/** One in the trash is read only after it is restored. */
function linkView(req: Request, { id, title, isInTrash }: LinkedConversation, label: string): LinkView {
  return {
    label,
    title: id === null ? '' : title || req.t('origins.untitled'),
    url: id === null ? null : isInTrash ? '/trash' : `/conversations/${id}`,
    note: isInTrash ? req.t('origins.in_trash') : null,
  };
}
