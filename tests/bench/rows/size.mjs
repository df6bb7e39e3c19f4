import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { short } from '../numbers.mjs';

const MB = 1024 * 1024;
const NAMED = 10;
/** What a server never reads: maps, types, words for people, and what native packages are compiled from. */
const SPARE_FILE = /\.(map|md|markdown|ts|mts|cts|flow|c|cc|cpp|h|hpp|gyp|gypi|o|a)$/i;
const SPARE_FOLDER = new Set([
  'better-sqlite3/deps',
  'better-sqlite3/src',
  'bcrypt/src',
  'better-sqlite3/build/Release/obj',
]);

/** The production dependencies without sources, maps and optional peers, and the build. */
export async function deployed({ setting }) {
  await setting.build();
  const packages = productionPackages(setting)
    .map((path) => ({ name: relative(setting.packages, path), bytes: sizeOf(path) }))
    .sort((one, other) => other.bytes - one.bytes);
  const own = ['dist', 'views', 'package.json'].reduce(
    (sum, name) => sum + sizeOf(join(setting.root, name)),
    0,
  );
  const total = packages.reduce((sum, { bytes }) => sum + bytes, own) / MB;
  const largest = packages.slice(0, NAMED).map(({ name, bytes }) => `${name} ${short(bytes / MB)}`);
  return [
    {
      what: 'what must be deployed',
      bar: '≤ 130 MB',
      measured: `${short(total, 'MB')} (${packages.length} packages and the build)`,
      value: total,
      holds: total <= 130,
      note: `The ten largest, in MB: ${largest.join(', ')}; the build itself ${short(own / MB)}.`,
    },
  ];
}

/** What `npm ci --omit=dev` installs here, without the packages that only development or an optional peer wants. */
function productionPackages({ root, packages: folder }) {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  return Object.entries(packages)
    .filter(([path, { dev, devOptional }]) => path !== '' && !dev && !devOptional)
    .map(([path]) => join(folder, path.replace(/^node_modules\//, '')))
    .filter((path) => existsSync(path));
}

/** Bytes below a path; packages inside a package count for themselves. */
function sizeOf(path) {
  const found = lstatSync(path);
  if (!found.isDirectory()) return SPARE_FILE.test(path) ? 0 : found.size;
  const inPackage = path.split('node_modules/').at(-1);
  if (SPARE_FOLDER.has(inPackage)) return 0;
  const names = readdirSync(path).filter((name) => name !== 'node_modules');
  return names.reduce((sum, name) => sum + sizeOf(join(path, name)), 0);
}
