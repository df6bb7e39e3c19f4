import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { settings } from '../../src/platform/config.ts';
import { projectRoot } from '../support/salon.ts';

const read = (name: string) => readFileSync(join(projectRoot, name), 'utf8');
const names = Object.keys(settings).sort();

it('names every setting in .env.example', () => {
  const listed = [...read('.env.example').matchAll(/^#?\s?([A-Z][A-Z0-9_]+)=/gm)].map(([, name]) => name);
  expect([...new Set(listed)].sort()).toEqual(names);
});

it.each(['README.md', 'docs/operations.md'])(
  'explains every setting, and no other, in the table of %s',
  (file) => {
    const rows = read(file)
      .split('\n')
      .filter((line) => /^\| `[A-Z]/.test(line));
    const listed = rows.flatMap((row) =>
      [...(row.split('|')[1] ?? '').matchAll(/`([A-Z][A-Z0-9_]+)`/g)].map(([, name]) => name),
    );
    expect(listed.sort()).toEqual(names);
  },
);
