import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { LocalServer } from '../../src/provider/transport/connection.ts';
import { startModelServer, type ModelServer } from '../support/model-server.ts';
import { ask, openProvider, setUpProvider } from './setup.ts';

let server: ModelServer;
const { cleanUp } = setUpProvider((started) => (server = started), {
  models: { data: [{ id: 'llama3.2' }] },
});

const at = (port: number, id = 'ollama'): LocalServer => ({ id, name: `Name of ${id}`, port });

async function listen(answer: http.RequestListener): Promise<number> {
  const other = http.createServer(answer);
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  cleanUp.push(() => {
    other.closeAllConnections();
    other.close();
  });
  return (other.address() as AddressInfo).port;
}

describe('the model server', () => {
  it('of the settings wins over a local one', () => {
    const { provider } = openProvider({ OPENAI_BASE_URL: 'http://user:word@127.0.0.1:1/v1' }, cleanUp, {
      localPorts: [at(server.port)],
    });
    expect(provider.connection()).toEqual({
      kind: 'server',
      source: 'env',
      name: '127.0.0.1:1',
      baseUrl: 'http://127.0.0.1:1/v1',
    });
  });

  it('is the demo when the settings say so, without a look at local ones', async () => {
    const { provider } = openProvider({ OPENAI_BASE_URL: 'demo', OPENAI_API_KEY: 'sk-unused-123' }, cleanUp, {
      localPorts: [at(server.port)],
    });
    expect(await provider.ready()).toMatchObject({ kind: 'demo', name: 'Demo' });
    expect(server.requests).toEqual([]);
  });

  it('is a local one that answers a model list; the first generation waits for the look', async () => {
    const page = await listen((_, response) => response.end('<h1>Not a model server</h1>'));
    const empty = await listen((_, response) => response.end('{"data":[]}'));
    const painter = await listen((_, response) => response.end('{"data":[{"id":"sd-cpp-local"}]}'));
    const { provider } = openProvider({}, cleanUp, {
      localPorts: [
        at(page, 'lmstudio'),
        at(painter, 'painter'),
        at(empty, 'llamacpp'),
        at(server.port, 'ollama'),
      ],
    });
    expect(provider.connection().kind).toBe('pending');
    expect(provider.models().models).toEqual([]);
    const asked = await ask(provider, '[[n=2]] hello');
    expect(asked.outcome?.model).toBe('llama3.2');
    expect(provider.connection()).toMatchObject({ kind: 'server', source: 'ollama', name: 'Name of ollama' });
  });

  it('is the earlier one of two local ones', async () => {
    const second = await startModelServer({ models: { data: [{ id: 'other' }] } });
    cleanUp.push(second.close);
    const { provider } = openProvider({}, cleanUp, {
      localPorts: [at(server.port, 'first'), at(second.port, 'second')],
    });
    expect(await provider.ready()).toMatchObject({ source: 'first' });
  });

  it('is the demo when the local one stays silent', async () => {
    const silent = await listen(() => undefined);
    const { provider } = openProvider({}, cleanUp, { localPorts: [at(silent)] });
    expect(await provider.ready()).toMatchObject({ kind: 'demo' });
  });

  it('is the demo in the tests of others, at once', () => {
    const { provider } = openProvider({}, cleanUp);
    expect(provider.connection()).toMatchObject({ kind: 'demo', source: 'demo' });
  });
});
