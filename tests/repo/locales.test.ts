import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { errorStatus } from '../../src/lib/errors.ts';
import de from '../../src/web/locales/de.json' with { type: 'json' };
import en from '../../src/web/locales/en.json' with { type: 'json' };
import { projectRoot } from '../support/salon.ts';

type Words = { [key: string]: string | Words };

function flatten(words: Words, prefix = ''): Map<string, string> {
  const flat = new Map<string, string>();
  for (const [key, value] of Object.entries(words)) {
    if (typeof value === 'string') flat.set(prefix + key, value);
    else for (const [inner, text] of flatten(value, `${prefix}${key}.`)) flat.set(inner, text);
  }
  return flat;
}

const english = flatten(en);
const german = flatten(de);
const placeholders = (text: string | undefined) =>
  [...(text ?? '').matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name).sort();
const isKnown = (key: string) => english.has(key) || english.has(`${key}_other`);

const sources = ['src', 'views'].flatMap((folder) =>
  readdirSync(join(projectRoot, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(ts|ejs)$/.test(name))
    .map((name) => readFileSync(join(projectRoot, folder, name), 'utf8')),
);

it('has the same words in both languages', () => {
  expect([...german.keys()].sort()).toEqual([...english.keys()].sort());
  expect(english.size).toBeGreaterThan(200);
});

it('has no empty word, and the same places to fill in', () => {
  for (const [key, text] of english) {
    expect(text.trim(), key).not.toBe('');
    expect(german.get(key)?.trim(), key).not.toBe('');
    expect(placeholders(german.get(key)), key).toEqual(placeholders(text));
  }
});

it('knows every word that a page or a route asks for', () => {
  const asked = sources.flatMap((text) => [...text.matchAll(/\bt\('([\w.]+)'/g)].map(([, key]) => key ?? ''));
  expect(asked.length).toBeGreaterThan(100);
  const complete = asked.filter((key) => !key.endsWith('.') && !key.endsWith('_'));
  expect(complete.filter((key) => !isKnown(key))).toEqual([]);
});

it('has a sentence for every error and a heading for every status', () => {
  const missing = Object.keys(errorStatus).filter((code) => !isKnown(`errors.${code}`));
  const statuses = new Set(Object.values(errorStatus));
  expect([...missing, ...[...statuses].filter((status) => !isKnown(`status.${status}`))]).toEqual([]);
});

it('keeps no word that nobody asks for', () => {
  const all = sources.join('\n');
  const unused = [...english.keys()].filter((key) => {
    const base = key.replace(/_(one|other)$/, '');
    if (all.includes(`'${base}'`)) return false;
    const parts = base.split('.');
    // Keys that are put together: 'errors.' + code, `${name}_title`.
    return !parts.some(
      (_, i) => i > 0 && new RegExp(`['\`]${parts.slice(0, i).join('\\.')}\\.(\\$\\{|['\`])`).test(all),
    );
  });
  expect(unused).toEqual([]);
});
