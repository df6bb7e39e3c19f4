import { createCache } from './cache.ts';

/** How dates are written; every style has a name, so that there are few formats to keep. */
const DATE_STYLES = {
  moment: { dateStyle: 'medium', timeStyle: 'short' },
  time: { timeStyle: 'short' },
  day: { dateStyle: 'medium' },
  longDay: { dateStyle: 'long' },
  fullDay: { dateStyle: 'full' },
  month: { month: 'long', year: 'numeric' },
  /** All parts of the wall clock in digits, for calculating. */
  clock: {
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  },
} as const satisfies Record<string, Intl.DateTimeFormatOptions>;

/**
 * One format holds some 10 KB outside the heap, and what makes one for each of many days holds 100 MB after a while. Twenty
 * zones in two languages and five styles need 200; long and full days are of UTC alone.
 */
const MAX_FORMATS = 200;
/** More than there are IANA names, of which a name's spellings count as one. */
const MAX_ZONES = 1000;

/** Date formats, kept because making one takes 50 times as long as using it. Salon has one such object. */
export function createFormats() {
  const formatOf = createCache<Intl.DateTimeFormat>(MAX_FORMATS);
  const canonicalOf = createCache<string>(MAX_ZONES);

  /** The one name of a zone that has many (`asia/kolkata`, `Asia/Calcutta`). @throws RangeError for an unknown zone */
  const canonicalZone = (zone: string): string =>
    canonicalOf(
      zone.toLowerCase(),
      () => new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone,
    );

  return {
    canonicalZone,

    /** The format of a style in a language and a time zone. @throws RangeError for an unknown zone */
    date(language: string, zone: string, style: keyof typeof DATE_STYLES): Intl.DateTimeFormat {
      const timeZone = canonicalZone(zone);
      return formatOf(
        `${style} ${language} ${timeZone}`,
        () => new Intl.DateTimeFormat(language, { ...DATE_STYLES[style], timeZone }),
      );
    },
  };
}

export type Formats = ReturnType<typeof createFormats>;
