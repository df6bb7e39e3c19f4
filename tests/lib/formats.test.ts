import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createCache } from '../../src/lib/cache.ts';
import { createFormats } from '../../src/lib/formats.ts';

const zoneNames = Intl.supportedValuesOf('timeZone');

it('keeps one format for all spellings and all names of a zone', () => {
  const formats = createFormats();
  const berlin = formats.date('de', 'Europe/Berlin', 'moment');

  const spelling = fc.infiniteStream(fc.boolean()).map((flags) => {
    const next = () => flags.next().value === true;
    const letters = Array.from('Europe/Berlin', (letter) =>
      next() ? letter.toUpperCase() : letter.toLowerCase(),
    );
    return letters.join('');
  });
  fc.assert(fc.property(spelling, (zone) => formats.date('de', zone, 'moment') === berlin));

  expect(formats.date('de', 'Asia/Kolkata', 'time')).toBe(formats.date('de', 'Asia/Calcutta', 'time'));
  expect(formats.date('en', 'Europe/Berlin', 'moment')).not.toBe(berlin);
});

it('lets go of formats that were not used for long, and keeps those in use', () => {
  const formats = createFormats();
  const unused = formats.date('en', 'Europe/Rome', 'moment');
  const used = formats.date('en', 'Europe/Berlin', 'moment');
  for (const zone of zoneNames) {
    formats.date('de', zone, 'time');
    expect(formats.date('en', 'Europe/Berlin', 'moment')).toBe(used);
  }
  expect(formats.date('en', 'Europe/Rome', 'moment')).not.toBe(unused);
});

it('refuses an unknown zone each time', () => {
  const formats = createFormats();
  for (let i = 0; i < 2; i += 1) expect(() => formats.date('en', 'Mars/Base', 'time')).toThrow(RangeError);
});

it('makes a value again only after it had to leave', () => {
  let made = 0;
  const cache = createCache<number>(2);
  const get = (key: string) => cache(key, () => (made += 1));

  expect([get('a'), get('b'), get('a'), get('c'), get('a'), get('b')]).toEqual([1, 2, 1, 3, 1, 4]);
});
