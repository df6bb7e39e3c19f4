import i18next, { type TFunction } from 'i18next';

import de from './locales/de.json' with { type: 'json' };
import en from './locales/en.json' with { type: 'json' };

export type Language = 'en' | 'de';
export type Translate = (key: string, params?: Record<string, unknown>) => string;

/** Words kept for each language; sentences with numbers and names in them would grow without end. */
const MAX_KEPT = 3000;

/**
 * Both languages, read once; `translate.en('chat.send')` needs no request. `isStrict`: a key that has no words throws, where
 * people would be shown the key; a `defaultValue` says that this is meant.
 */
export function createTranslations({ isStrict = false } = {}): Record<Language, Translate> {
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
    // A page asks for dozens of words, and mostly for those of the page before: what was looked up is kept.
    const known = new Map<string, string>();
    return (key, params) => {
      const asked = params ? `${key} ${JSON.stringify(params)}` : key;
      let word = known.get(asked);
      if (word === undefined) {
        if (isStrict && params?.['defaultValue'] === undefined && !instance.exists(key, params))
          throw new Error(`there are no words for ${key}`);
        word = params ? t(key, params) : t(key);
        if (known.size >= MAX_KEPT) known.clear();
        known.set(asked, word);
      }
      return word;
    };
  };
  return { en: fixed('en'), de: fixed('de') };
}
