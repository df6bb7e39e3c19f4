import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { createTemplates } from '../../src/web/templates.ts';

const folder = mkdtempSync(join(tmpdir(), 'salon-views-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const views: Record<string, string> = {
  greeting: '<%= it.name %>',
  nested: '<% for (const { title } of it.groups[0].items) { %><%= title.text %><% } %>',
  outer: '<%- include("/inner", { entry: it.entries[0] }) %>',
  inner: '<%= it.entries.includes(it.entry) %> <%= it.entry.name %>',
  table: '<%= it.faults.username %>|',
  optional: "<%= 'hint' in it ? it.hint : 'none' %>",
};
for (const [name, text] of Object.entries(views)) writeFileSync(join(folder, `${name}.ejs`), text);

const strict = createTemplates(folder, { reread: false, strict: true });
const lenient = createTemplates(folder, { reread: false, strict: false });

it('throws on a name that the data does not have, and says which there are', () => {
  expect(strict('greeting', { name: 'Ada' })).toBe('Ada');
  expect(() => strict('greeting', { nmae: 'Ada' })).toThrow(/greeting\.ejs[^]*reads "name".*only nmae/);
});

it('throws however deep the name stands', () => {
  const groups = (title: object) => ({ groups: [{ items: [{ title }] }] });
  expect(strict('nested', groups({ text: 'found' }))).toBe('found');
  expect(() => strict('nested', groups({ txet: 'lost' }))).toThrow(/reads "text"/);
  expect(() => strict('nested', { groups: [{}] })).toThrow(/reads "items"/);
});

it('throws in partials too, in which things stay equal to themselves', () => {
  expect(strict('outer', { entries: [{ name: 'first' }] })).toBe('true first');
  expect(() => strict('outer', { entries: [{}] })).toThrow(/inner\.ejs[^]*reads "name"/);
});

it('lets names be missing where that is said: in a table, by asking whether it is there, with no value', () => {
  expect(strict('table', { faults: Object.create(null) as object })).toBe('|');
  expect(strict('optional', {})).toBe('none');
  expect(strict('greeting', { name: undefined })).toBe('');
});

it('prints nothing instead, where people read the page', () => {
  expect(lenient('greeting', { nmae: 'Ada' })).toBe('');
});
