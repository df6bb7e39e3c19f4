import { spawn } from 'node:child_process';
import { setPriority } from 'node:os';
import { createInterface } from 'node:readline';
import type { BackupKind } from './manifest.ts';
import type { BackupOrder, BackupResult, Progress } from './make.ts';

export type RunBackup = (
  kind: BackupKind,
  watch: { onProgress(progress: Progress): void; signal: AbortSignal },
) => Promise<BackupResult>;

/** A line that the command line prints under `--json`. */
export type Line = { progress: Progress } | { result: BackupResult };

/** The lowest: the backup gets what the answers leave. */
const LOWEST_PRIORITY = 19;
const MAX_SENTENCE = 500;

/** Runs it in this process; while the database is checked nothing else runs, so only where there is no build. */
export const runHere =
  (order: Omit<BackupOrder, 'kind'>): RunBackup =>
  async (kind, watch) => {
    // Not at the start of the server, which the built one never needs it for.
    const { makeBackup } = await import('./make.ts');
    return makeBackup({ ...order, ...watch, kind });
  };

/**
 * Runs `backup` of the command line as a process of its own at the lowest priority, so that no check of a large
 * database and no checksum stops a stream. `cli` is the built command line; settings are those of this process.
 */
export const runInChild =
  (cli: string): RunBackup =>
  (kind, { onProgress, signal }) =>
    new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [cli, 'backup', '--json', '--kind', kind], {
        stdio: ['ignore', 'pipe', 'pipe'],
        signal,
      });
      lowerPriority(child.pid);
      let result: BackupResult | undefined;
      let sentence = '';
      createInterface({ input: child.stdout }).on('line', (text) => {
        const line = readLine(text);
        if (line && 'progress' in line) onProgress(line.progress);
        if (line && 'result' in line) result = line.result;
      });
      child.stderr.on('data', (chunk: Buffer) => {
        sentence = (sentence + chunk.toString()).slice(0, MAX_SENTENCE);
      });
      child.once('error', reject);
      child.once('close', (code) => {
        if (code === 0 && result) resolve(result);
        else reject(new Error(sentence.trim() || `the backup ended with ${code ?? 'a signal'}`));
      });
    });

function readLine(text: string): Line | undefined {
  try {
    return JSON.parse(text) as Line;
  } catch {
    return undefined;
  }
}

/** Not every system lets a process do this; the backup is right without. */
function lowerPriority(pid: number | undefined): void {
  try {
    if (pid !== undefined) setPriority(pid, LOWEST_PRIORITY);
  } catch {
    return;
  }
}
