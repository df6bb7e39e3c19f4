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

export const demoConnection: Connection = { kind: 'demo', source: 'demo', name: 'Demo', baseUrl: undefined };
export const pendingConnection: Connection = {
  kind: 'pending',
  source: 'demo',
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
  return serverAt(config.baseUrl ?? OPENAI_BASE_URL, 'env');
}

/** Another server for images; nothing when the settings name none. */
export function configuredImageConnection(config: Config['provider']): Connection | undefined {
  if (config.imageBaseUrl === 'demo') return { ...demoConnection, source: 'image-env' };
  return config.imageBaseUrl === undefined ? undefined : serverAt(config.imageBaseUrl, 'image-env');
}

function serverAt(address: string, source: string): Connection {
  const url = new URL(address);
  // Without a name and password that may stand in the URL: it is shown to people.
  const baseUrl = (url.origin + url.pathname).replace(/\/+$/, '');
  return { kind: 'server', source, name: url.host, baseUrl };
}

/** The first of `servers` on 127.0.0.1 that answers a model list with at least one chat model within 300 ms. */
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
        // A server that paints alone (stable-diffusion.cpp listens where LM Studio does) is no server for chat.
        return models.some(({ kind }) => kind === 'chat')
          ? { kind: 'server', source: id, name, baseUrl }
          : undefined;
      } catch {
        // Nothing listens there, or it is something else: the usual case.
        return undefined;
      }
    }),
  );
  return found.find((connection) => connection !== undefined);
}
