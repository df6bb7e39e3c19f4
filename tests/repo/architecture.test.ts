import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { projectRoot } from '../support/salon.ts';

const architecture = readFileSync(join(projectRoot, 'docs', 'architecture.md'), 'utf8');
const section = architecture.split('## Where to find it')[1]?.split('\n## ')[0] ?? '';
const places = [...section.matchAll(/^\| [^|]+ \| `([^`]+)`/gm)].map(([, place]) => place ?? '');

it('names at least twenty places', () => {
  expect(places.length).toBeGreaterThanOrEqual(20);
});

it.each(places)('leads to a file that is there: %s', (place) => {
  expect(existsSync(join(projectRoot, place))).toBe(true);
});

it('tells what each folder of the server is for', () => {
  const folders = readdirSync(join(projectRoot, 'src'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  expect(folders.length).toBeGreaterThan(10);
  expect(folders.filter((folder) => !architecture.includes(`\n  ${folder}/`))).toEqual([]);
});
