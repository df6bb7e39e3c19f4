import type { Request } from 'express';
import { dateIn, dayRange } from '../lib/time.ts';
import { visitor } from '../web/context.ts';
import { hasScope } from '../web/guards.ts';
import { formatter, type SidebarGroup } from '../web/page.ts';
import type { Chat, Conversation } from './chat.ts';

const SHOWN = 40;
const DAY_MS = 24 * 60 * 60_000;

/** The newest conversations beside every page: pinned ones, then today, yesterday, seven days, months. None for a key that is not for chat. */
export function createSidebar({ chat, now }: { chat: Chat; now: () => number }) {
  const calendar = createCalendar();
  return async (req: Request): Promise<{ groups: SidebarGroup[]; more: string | null }> => {
    if (!hasScope(req, 'chat')) return { groups: [], more: null };
    const { conversations, next } = await chat.list(visitor(req), { limit: SHOWN });
    const zone = req.user?.timeZone ?? 'UTC';
    const days = calendar(zone, now());
    const month = formatter(req.language, zone, { month: 'long', year: 'numeric' });
    const groups = new Map<string, SidebarGroup>();
    for (const conversation of conversations) {
      const label = labelOf(req, days, month, conversation);
      const group = groups.get(label) ?? { label, items: [] };
      groups.set(label, group);
      const url = `/conversations/${conversation.id}`;
      group.items.push({ id: conversation.id, title: conversation.title, url, current: req.path === url });
    }
    return { groups: [...groups.values()], more: next ? '/conversations' : null };
  };
}

type Days = { until: number; today: number; yesterday: number; weekAgo: number };

/** Where the days begin that have names of their own, in each time zone; found again when the day is over. */
function createCalendar() {
  const zones = new Map<string, Days>();
  return (zone: string, at: number): Days => {
    const known = zones.get(zone);
    if (known && at < known.until && at >= known.today) return known;
    const startOf = (instant: number) =>
      dayRange(zone, dateIn(zone, instant)) ?? { start: instant, end: instant };
    const { start: today, end: until } = startOf(at);
    // Half a day before a day begins is the day before, however long that was.
    const { start: yesterday } = startOf(today - DAY_MS / 2);
    const { start: weekAgo } = startOf(today - 6.5 * DAY_MS);
    const days = { until, today, yesterday, weekAgo };
    zones.set(zone, days);
    return days;
  };
}

function labelOf(req: Request, days: Days, month: Intl.DateTimeFormat, { updatedAt }: Conversation): string {
  if (updatedAt >= days.today) return req.t('days.today');
  if (updatedAt >= days.yesterday) return req.t('days.yesterday');
  return updatedAt >= days.weekAgo ? req.t('days.previous_7') : month.format(updatedAt);
}
