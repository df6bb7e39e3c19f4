import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { projectRoot } from '../support/salon.ts';

const numbered =
  /\b(?:it|test|describe)\b[^\n]{0,80}?[\x27"`][A-Z]{1,2}\d{1,3}[:.)]\s|^\s*[\x27"`][A-Z]\d{1,3}: /m;

it('finds a number in front of a name', () => {
  expect("it('O7: does it', () => {").toMatch(numbered);
  expect("  'I8: does it',").toMatch(numbered);
  expect("it('does it', () => {").not.toMatch(numbered);
});

it('says in the name of each test what it is about, without the number of a case', () => {
  const files = readdirSync(join(projectRoot, 'tests'), { recursive: true, encoding: 'utf8' });
  const tests = files.filter((name) => name.endsWith('.test.ts') && !name.endsWith('test-names.test.ts'));
  expect(tests.length).toBeGreaterThan(100);
  const found = tests.filter((name) => numbered.test(readFileSync(join(projectRoot, 'tests', name), 'utf8')));
  expect(found).toEqual([]);
});
