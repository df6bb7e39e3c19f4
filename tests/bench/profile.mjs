import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

const SHOWN = 40;

/**
 * Where the processor's time went in all profiles of a folder: the functions that cost most by themselves, with the
 * source file that a readable build (checkout.mjs) names above them. @returns lines of text
 */
export function topCosts(folder) {
  const costs = new Map();
  let total = 0;
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.cpuprofile'))) {
    const { nodes, samples, timeDeltas } = JSON.parse(readFileSync(join(folder, name), 'utf8'));
    const calls = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
    for (const [i, id] of samples.entries()) {
      const place = placeOf(calls.get(id));
      if (place === '(idle)') continue;
      total += timeDeltas[i];
      costs.set(place, (costs.get(place) ?? 0) + timeDeltas[i]);
    }
  }
  const sorted = [...costs].sort(([, one], [, other]) => other - one).slice(0, SHOWN);
  const share = (cost) => `${((cost * 100) / total).toFixed(1)} %`.padStart(7);
  return [
    `busy for ${(total / 1e6).toFixed(1)} s`,
    ...sorted.map(([place, cost]) => `${share(cost)}  ${place}`),
  ];
}

function placeOf({ functionName, url, lineNumber }) {
  const name = functionName || '(anonymous)';
  if (url.startsWith('node:') || url === '') return `${name} ${url}`.trim();
  return `${name} ${sourceOf(url.replace('file://', ''), lineNumber)}`;
}

const bundles = new Map();

/** esbuild writes the path of each source file as a comment above its code. */
function sourceOf(path, line) {
  if (!bundles.has(path)) bundles.set(path, read(path).split('\n'));
  const lines = bundles.get(path);
  for (let at = line; at >= 0; at -= 1)
    if (/^\/\/ \S+\.\w+$/.test(lines[at] ?? '')) return lines[at].slice(3);
  return basename(path);
}

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
