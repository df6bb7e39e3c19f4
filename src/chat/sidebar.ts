import type { Request } from 'express';
import { dateIn } from '../lib/time.ts';
import { visitor } from '../web/context.ts';
import type { SidebarGroup } from '../web/page.ts';
import type { Chat, Conversation } from './chat.ts';

const SHOWN = 40;
const DAY_MS = 24 * 60 * 60_000;

/** The newest conversations beside every page: pinned ones, then today, yesterday, seven days, months. */
export function createSidebar({ chat, now }: { chat: Chat; now: () => number }) {
  return async (req: Request): Promise<{ groups: SidebarGroup[]; more: string | null }> => {
    const { conversations, next } = await chat.list(visitor(req), { limit: SHOWN });
    const labelOf = dayLabels(req, now());
    const groups = new Map<string, SidebarGroup>();
    for (const conversation of conversations) {
      const label = labelOf(conversation);
      const group = groups.get(label) ?? { label, items: [] };
      groups.set(label, group);
      const url = `/conversations/${conversation.id}`;
      group.items.push({ id: conversation.id, title: conversation.title, url, current: req.path === url });
    }
    return { groups: [...groups.values()], more: next ? '/conversations' : null };
  };
}

function dayLabels(req: Request, at: number): (conversation: Conversation) => string {
  const zone = req.user?.timeZone ?? 'UTC';
  const today = dateIn(zone, at);
  const yesterday = dateIn(zone, at - DAY_MS);
  const weekAgo = dateIn(zone, at - 7 * DAY_MS);
  const month = new Intl.DateTimeFormat(req.language, { month: 'long', year: 'numeric', timeZone: zone });
  return ({ updatedAt }) => {
    const date = dateIn(zone, updatedAt);
    if (date >= today) return req.t('days.today');
    if (date === yesterday) return req.t('days.yesterday');
    return date >= weekAgo ? req.t('days.previous_7') : month.format(updatedAt);
  };
}
