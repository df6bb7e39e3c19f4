import { withDeadline } from '../../lib/deadline.ts';
import type { Config } from '../../platform/config.ts';
import { askForModels } from '../models/list.ts';
import type { Connection } from '../provider.ts';
import type { Transport } from './transport.ts';

export type LocalServer = { id: string; name: string; port: number };

/** Where the usual local model servers listen by default, in the order of preference. */
export const localServers: readonly LocalServer[] = [
  { id: 'ollama', name: 'Ollama', port: 11434 },
  { id: 'lmstudio', name: 'LM Studio', port: 1234 },
  { id: 'llamacpp', name: 'llama.cpp', port: 8080 },
];

export const demoConnection: Connection = { kind: 'demo', id: 'demo', name: 'Demo', baseUrl: undefined };
export const pendingConnection: Connection = {
  kind: 'pending',
  id: 'demo',
  name: 'Demo',
  baseUrl: undefined,
};

const OPENAI_BASE_URL = 'https://api.openai.com/v1';

/** The first generation waits for this look, so it is short. */
const LOOK_LIMIT_MS = 300;

/** What the settings say; nothing when they name no model server. */
export function configuredConnection(config: Config['provider']): Connection | undefined {
  if (config.baseUrl === 'demo') return demoConnection;
  if (config.baseUrl === undefined && config.apiKey === undefined) return undefined;
  const url = new URL(config.baseUrl ?? OPENAI_BASE_URL);
  // Without a name and password that may stand in the URL: it is shown to people.
  const baseUrl = (url.origin + url.pathname).replace(/\/+$/, '');
  return { kind: 'server', id: 'env', name: url.host, baseUrl };
}

/** The first of `servers` on 127.0.0.1 that answers a model list with at least one model within 300 ms. */
export async function findLocalServer(
  servers: readonly LocalServer[],
  transport: Transport,
): Promise<Connection | undefined> {
  const found = await Promise.all(
    servers.map(async ({ id, name, port }): Promise<Connection | undefined> => {
      const baseUrl = `http://127.0.0.1:${port}/v1`;
      try {
        const models = await withDeadline(LOOK_LIMIT_MS, undefined, (signal) =>
          askForModels({ baseUrl, apiKey: undefined, transport }, signal),
        );
        return models.length > 0 ? { kind: 'server', id, name, baseUrl } : undefined;
      } catch {
        // Nothing listens there, or it is something else: the usual case.
        return undefined;
      }
    }),
  );
  return found.find((connection) => connection !== undefined);
}
