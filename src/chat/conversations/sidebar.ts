import type { Request } from 'express';
import { createCache } from '../../lib/cache.ts';
import type { Formats } from '../../lib/formats.ts';
import type { Calendar } from '../../lib/time.ts';
import { userOf } from '../../web/context.ts';
import { hasScope } from '../../web/guards.ts';
import { emptySidebar, type Sidebar, type SidebarGroup } from '../../web/page.ts';
import type { Chat, Conversation } from '../chat.ts';

const SHOWN = 40;
const DAY_MS = 24 * 60 * 60_000;
const MAX_ZONES = 1000;

type Deps = { chat: Chat; formats: Formats; calendar: Calendar; now: () => number };

/** The newest conversations beside every page: pinned ones, then today, yesterday, seven days, months. None for a key that is not for chat. */
export function createSidebar({ chat, formats, calendar, now }: Deps) {
  const daysOf = createDays(formats, calendar);
  return async (req: Request): Promise<Sidebar> => {
    if (!hasScope(req, 'chat')) return emptySidebar;
    const { conversations, next } = await chat.list(userOf(req), { limit: SHOWN });
    const above = await chat.conversationList.pinnedAnd(userOf(req), openId(req));
    const pinned = new Set(above.filter((one) => one.pinned && !one.archived).map(({ id }) => id));
    const isListed = (id: string) => pinned.has(id) || conversations.some((one) => one.id === id);
    const zone = req.user?.timeZone ?? 'UTC';
    const days = daysOf(zone, now());
    const month = formats.date(req.language, zone, 'month');
    const groups = new Map<string, SidebarGroup>();
    const add = (label: string, conversation: Conversation) => {
      const group = groups.get(label) ?? { label, items: [] };
      groups.set(label, group);
      const url = `/conversations/${conversation.id}`;
      group.items.push({ id: conversation.id, title: conversation.title, url, current: req.path === url });
    };
    for (const one of above) if (pinned.has(one.id)) add(req.t('conversations.pinned'), one);
    for (const one of above) if (!isListed(one.id)) add(req.t('conversations.open_now'), one);
    for (const one of conversations) if (!pinned.has(one.id)) add(labelOf(req, days, month, one), one);
    const drafts = await chat.drafts.count(userOf(req));
    return { groups: [...groups.values()], more: next ? '/conversations' : null, drafts };
  };
}

/** The conversation that the page shows; '' on other pages. */
const openId = (req: Request) => /^\/conversations\/([0-9a-z]{26})$/.exec(req.path)?.[1] ?? '';

type Days = { until: number; today: number; yesterday: number; weekAgo: number };

/** When today, yesterday and the last seven days begin in each time zone; found again when the day is over. */
function createDays(formats: Formats, calendar: Calendar) {
  const kept = createCache<{ days: Days }>(MAX_ZONES);
  const rangeOf = (zone: string, instant: number) =>
    calendar.dayRange(zone, calendar.dateIn(zone, instant)) ?? { start: instant, end: instant };

  function daysAround(zone: string, at: number): Days {
    const { start: today, end: until } = rangeOf(zone, at);
    // Half a day before a day begins is the day before, however long that was.
    const { start: yesterday } = rangeOf(zone, today - DAY_MS / 2);
    const { start: weekAgo } = rangeOf(zone, today - 6.5 * DAY_MS);
    return { until, today, yesterday, weekAgo };
  }

  return (zone: string, at: number): Days => {
    const entry = kept(formats.canonicalZone(zone), () => ({ days: daysAround(zone, at) }));
    if (at >= entry.days.until || at < entry.days.today) entry.days = daysAround(zone, at);
    return entry.days;
  };
}

function labelOf(req: Request, days: Days, month: Intl.DateTimeFormat, { updatedAt }: Conversation): string {
  if (updatedAt >= days.today) return req.t('days.today');
  if (updatedAt >= days.yesterday) return req.t('days.yesterday');
  return updatedAt >= days.weekAgo ? req.t('days.previous_7') : month.format(updatedAt);
}
