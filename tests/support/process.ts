import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from './salon.ts';

export type SalonProcess = Awaited<ReturnType<typeof spawnSalon>>;

/**
 * The built server as a process of its own, for signals and browsers. `dir` keeps its folders: give the one of an
 * earlier process to start again on the same data.
 */
export async function spawnSalon(options: { env?: Record<string, string>; dir?: string } = {}) {
  const dir = options.dir ?? (await mkdtemp(join(tmpdir(), 'salon-process-')));
  const child = spawn(process.execPath, [join(projectRoot, 'dist', 'main.js')], {
    cwd: dir,
    env: {
      PATH: process.env['PATH'],
      NODE_ENV: 'test',
      PORT: '0',
      DATA_DIR: join(dir, 'data'),
      IMAGES_DIR: join(dir, 'images'),
      LOG_DIR: join(dir, 'logs'),
      // Tests count the calls to their model servers; those of titles switch them on.
      AUTOMATIC_TITLES: 'off',
      OPENAI_BASE_URL: 'demo',
      ...options.env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output: string[] = [];
  child.stderr.on('data', (chunk: Buffer) => output.push(chunk.toString()));
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      output.push(chunk.toString());
      const [, address] = /Salon is listening on (\S+)/.exec(output.join('')) ?? [];
      if (address) resolve(address);
    });
    child.once('exit', (code) => reject(new Error(`Salon ended with ${code}: ${output.join('')}`)));
  });
  return {
    url,
    dir,
    pid: child.pid,
    output: () => output.join(''),
    /** Sends a signal and waits for the end. @returns exit code and signal */
    kill: (signal: NodeJS.Signals = 'SIGKILL') => endOf(child, signal),
    /** Ends the process and removes its folders. */
    async remove() {
      await endOf(child, 'SIGKILL');
      await rm(dir, { recursive: true, force: true });
    },
  };
}

function endOf(
  child: ChildProcess,
  signal: NodeJS.Signals,
): Promise<{ code: number | null; signal: string | null }> {
  if (child.exitCode !== null || child.signalCode !== null)
    return Promise.resolve({ code: child.exitCode, signal: child.signalCode });
  return new Promise((resolve) => {
    child.once('exit', (code, ended) => resolve({ code, signal: ended }));
    child.kill(signal);
  });
}

/** A port that nobody listens on, for a server whose address has to be known before it starts. */
export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
