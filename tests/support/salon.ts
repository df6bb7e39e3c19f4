import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import request from 'supertest';
import { readConfig } from '../../src/platform/config.ts';
import { startServer } from '../../src/server.ts';
import { waitFor } from './wait.ts';

export const projectRoot = fileURLToPath(new URL('../..', import.meta.url));

export type Salon = Awaited<ReturnType<typeof startSalon>>;

/**
 * A whole Salon in this process, on a free port, with folders of its own. `env` are settings as in `.env`; without
 * OPENAI_BASE_URL the demo model answers. Call `close()` in the end; `restart()` opens the same folders again.
 */
export async function startSalon(env: Record<string, string> = {}) {
  const dir = await mkdtemp(join(tmpdir(), 'salon-test-'));
  const settings = {
    NODE_ENV: 'test',
    PORT: '0',
    DATA_DIR: join(dir, 'data'),
    IMAGES_DIR: join(dir, 'images'),
    LOG_DIR: join(dir, 'logs'),
    LOG_LEVEL: 'debug',
    // Tests count the calls to their model servers; those of titles switch them on.
    AUTOMATIC_TITLES: 'off',
    OPENAI_BASE_URL: 'demo',
    ...env,
  };
  const config = readConfig(projectRoot, settings);
  let server = await startServer(config, { built: false, quiet: true });

  return {
    dir,
    config,
    get url() {
      return server.url;
    },
    /** A client without a session. */
    anonymous: () => request(server.url),
    /** A client that keeps its cookies. */
    visitor: () => request.agent(server.url),
    /** A client that is signed in as a new account. The first account of a Salon is its admin. */
    async signUp(username: string, password = 'correct horse 1') {
      const agent = request.agent(server.url);
      await agent.post('/register').send({ username, password }).expect(200);
      return agent;
    },
    /** The lines of app.log so far, as objects. */
    async logLines(): Promise<Record<string, unknown>[]> {
      const text = await readFile(join(dir, 'logs', 'app.log'), 'utf8');
      return text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>);
    },
    /**
     * All lines of app.log, once those of every request so far are in it: lines are gathered for some milliseconds, so
     * this asks for something itself and waits for the line of that.
     */
    async allLogLines(): Promise<Record<string, unknown>[]> {
      const { headers } = await request(server.url).get('/healthz');
      const id = String(headers['x-request-id']);
      return waitFor(async () => {
        const lines = await this.logLines();
        const isWritten = lines.some((line) => line['request_id'] === id && line['event'] === 'request');
        return isWritten && lines;
      });
    },
    async restart(changed: Record<string, string> = {}) {
      await server.close();
      const next = readConfig(projectRoot, { ...settings, ...changed });
      server = await startServer(next, { built: false, quiet: true });
    },
    async close() {
      await server.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

export type Agent = Awaited<ReturnType<Salon['signUp']>>;
