import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Asks a server for one page again and again for some seconds, from a process of its own (page-load.mjs).
 * @returns pages per second, their times and sizes, and what went wrong
 */
export async function loadPage(setting, { url, pid }, { path, headers = {} }) {
  const seconds = setting.quick ? 3 : 8;
  const [file, log] = ['json', 'out'].map((ending) =>
    join(setting.dir, `pages-${Math.random().toString(36).slice(2)}.${ending}`),
  );
  writeFileSync(file, JSON.stringify({ url, pid, path, headers, seconds }));
  const child = setting.processes.start([join(setting.here, 'page-load.mjs'), file], { core: 'rest', log });
  await once(child, 'exit');
  return JSON.parse(readFileSync(log, 'utf8'));
}

/** What went wrong while a page was asked for, to stand after its numbers. */
export const wrongs = ({ wrong }) => (Object.keys(wrong).length > 0 ? ` with ${JSON.stringify(wrong)}` : '');
