import type { UserRow } from './store.ts';

export const languages = ['en', 'de'] as const;
export const themes = ['system', 'light', 'dark'] as const;
export type Language = (typeof languages)[number];
export type Theme = (typeof themes)[number];

export type Account = {
  id: string;
  username: string;
  role: 'user' | 'admin';
  language: Language | null;
  theme: Theme;
  timeZone: string | null;
  createdAt: number;
};

/** Neither suspended nor being deleted. */
export const mayEnter = (row: UserRow) => row.suspended_at === null && row.leaving_at === null;

/** An account as the rest of Salon sees it. */
export function toAccount(row: UserRow): Account {
  return {
    id: row.id,
    username: row.username,
    role: row.role,
    language: languages.find((language) => language === row.language) ?? null,
    theme: themes.find((theme) => theme === row.theme) ?? 'system',
    timeZone: row.time_zone,
    createdAt: row.created_at,
  };
}
