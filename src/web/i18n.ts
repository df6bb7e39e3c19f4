import i18next, { type TFunction } from 'i18next';

import de from './words/de.json' with { type: 'json' };
import en from './words/en.json' with { type: 'json' };

export type Language = 'en' | 'de';
export type Translate = (key: string, params?: Record<string, unknown>) => string;

/** Both languages, read once; `translate.en('chat.send')` needs no request. */
export function createWords(): Record<Language, Translate> {
  const instance = i18next.createInstance();
  void instance.init({
    lng: 'en',
    fallbackLng: 'en',
    initAsync: false,
    resources: { en: { translation: en }, de: { translation: de } },
    interpolation: { escapeValue: false },
    returnNull: false,
  });
  const fixed = (language: Language): Translate => {
    const t: TFunction = instance.getFixedT(language);
    // Most words have nothing to fill in, and a page asks for dozens: those are looked up once.
    const plain = new Map<string, string>();
    return (key, params) => {
      if (params) return String(t(key, params));
      let word = plain.get(key);
      if (word === undefined) plain.set(key, (word = String(t(key))));
      return word;
    };
  };
  return { en: fixed('en'), de: fixed('de') };
}
