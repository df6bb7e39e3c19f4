import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

const GRACE_MS = 5000;
const START_LIMIT_MS = 20_000;

/** With two cores the relay has one for itself and everything else the other; with one, nothing is pinned. */
const isPinned = availableParallelism() > 1 && existsSync('/usr/bin/taskset');
const cores = { relay: '0', rest: '1' };

/** Children of the bench; each one is ended by its own id. */
export function createProcesses() {
  const running = new Set();

  /**
   * Starts `node ...args`. `core` is `relay`, `rest` or `any`; output goes to the file `log`; `hasChannel`: messages can
   * be exchanged with it.
   */
  function start(args, { core, env = {}, log, cwd, hasChannel = false }) {
    const command =
      isPinned && cores[core] ? ['taskset', '-c', cores[core], process.execPath] : [process.execPath];
    const output = log ? openSync(log, 'a') : 'ignore';
    const child = spawn(command[0], [...command.slice(1), ...args], {
      cwd,
      env: { PATH: process.env.PATH, ...env },
      stdio: ['ignore', output, output, ...(hasChannel ? ['ipc'] : [])],
    });
    if (log) closeSync(output);
    running.add(child);
    child.once('exit', () => running.delete(child));
    return child;
  }

  /** Starts a server and waits until its port takes connections. */
  async function serve(args, options) {
    const port = await freePort();
    const child = start(args, { ...options, env: { ...options.env, PORT: String(port) } });
    const url = `http://127.0.0.1:${port}`;
    for (const end = Date.now() + START_LIMIT_MS; !(await answers(port)); await sleep(5)) {
      if (child.exitCode === null && Date.now() < end) continue;
      await stop(child, 'SIGKILL');
      throw new Error(`${args.at(-1)} did not start; its output is in ${options.log ?? 'no file'}`);
    }
    return { url, port, child, pid: child.pid, stop: (signal) => stop(child, signal) };
  }

  async function stop(child, signal = 'SIGTERM') {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    const late = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
    await ended;
    clearTimeout(late);
  }

  return { start, serve, stop, stopAll: () => Promise.all([...running].map((child) => stop(child))) };
}

/** A port that was free a moment ago. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

function answers(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true) || socket.destroy());
    socket.once('error', () => resolve(false));
  });
}
