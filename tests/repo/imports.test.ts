import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, it } from 'vitest';
import { projectRoot } from '../support/salon.ts';

const src = join(projectRoot, 'src');
const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));

/** From left to right; a folder may import folders of earlier rows, and its own. */
const rows = [
  ['lib'],
  ['platform'],
  ['provider'],
  ['web'],
  ['audit'],
  ['jobs', 'accounts'],
  ['usage'],
  ['model-picker'],
  ['files'],
  ['images'],
  ['attachments'],
  ['chat'],
  ['events'],
  ['trash'],
  ['history', 'search'],
  ['conversation-export', 'conversation-import'],
  ['data-export', 'account-deletion'],
  ['backup'],
  ['admin', 'token-api', 'legacy'],
];
const layers = ['lib', 'platform', 'provider', 'web'];
const rowOf = (folder: string) => rows.findIndex((row) => row.includes(folder));

type Import = { from: string; to: string };

function importsOf(name: string): string[] {
  const text = readFileSync(join(src, name), 'utf8');
  return [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map(([, target]) => target ?? '');
}

const own: Import[] = files.flatMap((from) =>
  importsOf(from)
    .filter((target) => target.startsWith('.'))
    .map((target) => ({ from, to: relative(src, join(src, dirname(from), target)) })),
);
const foreign: Import[] = files.flatMap((from) =>
  importsOf(from)
    .filter((target) => !target.startsWith('.'))
    .map((to) => ({ from, to })),
);
const top = (name: string) => (name.includes('/') ? (name.split('/')[0] ?? '') : '');
const isPresentation = (name: string) =>
  /(^|\/)([a-z-]+-)?(routes|topic|kind|schemas)\.ts$|\/(page|sidebar|signed-in-answer)\.ts$/.test(name);
const show = ({ from, to }: Import) => `${from} → ${to}`;

it('reads real imports', () => {
  expect(own.length).toBeGreaterThan(100);
  expect(foreign.length).toBeGreaterThan(50);
});

it('knows the row of every folder', () => {
  const folders = new Set(files.map(top).filter((folder) => folder !== ''));
  expect([...folders].filter((folder) => rowOf(folder) < 0)).toEqual([]);
});

it('imports only leftwards', () => {
  const wrong = own.filter(({ from, to }) => {
    if (top(from) === '' || top(from) === top(to)) return false;
    return top(to) === '' || rowOf(top(to)) >= rowOf(top(from));
  });
  expect(wrong.map(show)).toEqual([]);
});

it('imports other features only by their public API', () => {
  const wrong = own.filter(({ from, to }) => {
    const folder = top(to);
    if (folder === top(from) || folder === '' || layers.includes(folder)) return false;
    const isAppOnRoutes = ['app.ts', 'declare-routes.ts'].includes(from) && isPresentation(to);
    const isCommandList = ['cli.ts', 'open-accounts.ts'].includes(from) && to === `${folder}/commands.ts`;
    return to !== `${folder}/${folder}.ts` && !isAppOnRoutes && !isCommandList;
  });
  expect(wrong.map(show)).toEqual([]);
});

it('keeps web/ and Express out of the rules of a feature', () => {
  const wrong = [...own, ...foreign].filter(({ from, to }) => {
    if (layers.includes(top(from)) || top(from) === '' || isPresentation(from)) return false;
    return to.startsWith('web/') || ['express', 'passport', 'passport-local', 'express-session'].includes(to);
  });
  expect(wrong.map(show)).toEqual([]);
});

it.each([
  ['sharp', /^platform\/image-codec\.ts$/],
  ['better-sqlite3', /^platform\/db\//],
  ['winston', /^platform\/log\.ts$/],
  ['bcrypt', /^accounts\/passwords\/passwords\.ts$/],
  ['ejs', /^web\/templates\.ts$/],
])('imports %s in one place', (name, place) => {
  const users = foreign.filter(({ to }) => to === name || to.startsWith(`${name}/`));
  expect(users.length).toBeGreaterThan(0);
  expect(users.filter(({ from }) => !place.test(from)).map(show)).toEqual([]);
});

it('reads process.env in the settings alone', () => {
  const users = files.filter((name) => readFileSync(join(src, name), 'utf8').includes('process.env'));
  expect(users).toEqual(['platform/config.ts']);
});

it('writes SQL in stores and migrations alone', () => {
  const sql = /\b(select [\w*,.\s]+ from|insert into \w|update \w+ set|delete from \w)/i;
  const users = files.filter((name) => sql.test(readFileSync(join(src, name), 'utf8')));
  const wrong = users.filter((name) => !/(^|\/)store\.ts$|^platform\/db\/migrations\//.test(name));
  expect(users.length).toBeGreaterThan(4);
  const engine = ['platform/db/sqlite.ts', 'platform/db/reader.ts'];
  expect(wrong.filter((name) => !engine.includes(name))).toEqual([]);
});

it('keeps no state in modules: what changes belongs to an object that somebody made', () => {
  const state =
    /^(?:export )?let |^(?:export )?const \w+(?:: [^=]+)? = (?:new (?:Weak)?(?:Map|Set)(?:<.*>)?\(\)|\[\]|\{\});/m;
  const users = files.filter((name) => state.test(readFileSync(join(src, name), 'utf8')));
  // The process itself has state: whether it runs, whether it ends. The parser of Markdown is a constant made late.
  expect(users.filter((name) => name !== 'main.ts' && !name.startsWith('lib/markdown'))).toEqual([]);
});
