import { languages, themes, type User } from '../lib/user.ts';
import type { UserRow } from './store.ts';

/** Neither suspended nor being deleted. */
export const mayEnter = (row: UserRow) => row.suspended_at === null && row.leaving_at === null;

/** An account as the rest of Salon sees it. */
export function toUser(row: UserRow): User {
  return {
    id: row.id,
    username: row.username,
    role: row.role,
    language: languages.find((language) => language === row.language) ?? null,
    theme: themes.find((theme) => theme === row.theme) ?? 'system',
    timeZone: row.time_zone,
    automaticTitles: row.automatic_titles === 1,
    createdAt: row.created_at,
  };
}
