export const languages = ['en', 'de'] as const;
export const themes = ['system', 'light', 'dark'] as const;
export type Language = (typeof languages)[number];
export type Theme = (typeof themes)[number];

/** A person with an account, as the rest of Salon sees one who is signed in. */
export type User = {
  id: string;
  username: string;
  role: 'user' | 'admin';
  /** Null: as the browser asks. */
  language: Language | null;
  theme: Theme;
  timeZone: string | null;
  /** A model writes titles and summaries of the conversations. */
  automaticTitles: boolean;
  createdAt: number;
};
