import { once } from 'node:events';
import { createServer, get, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Request, Response } from 'express';
import { afterEach, expect, it } from 'vitest';
import { createEventStreams } from '../../src/web/sse.ts';

let server: Server;
afterEach(() => server.close());

it('tells at once that a reader is gone who went away before the stream began', async () => {
  const told: string[] = [];
  const streams = createEventStreams();
  const opened = new Promise<void>((resolve, reject) => {
    server = createServer((req, res) => {
      const watchAccess = () => () => told.push('unwatched');
      res.once('close', () => {
        try {
          const stream = streams.open(
            Object.assign(req, { watchAccess }) as unknown as Request,
            asResponse(res),
          );
          expect(stream.closed).toBe(true);
          stream.onClose(() => told.push('closed'));
          resolve();
        } catch (error) {
          reject(error);
        }
      });
      res.flushHeaders();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const request = get({ port: (server.address() as AddressInfo).port, agent: false });
  const [response] = (await once(request, 'response')) as [NodeJS.ReadableStream & { destroy(): void }];
  response.destroy();
  await opened;
  expect(told).toEqual(['unwatched', 'closed']);
});

/** `setHeader` after the headers were sent would throw; a route has not sent any yet. */
function asResponse(res: ServerResponse): Response {
  const quiet = { status: () => res, setHeader: () => res, flushHeaders: () => undefined };
  return Object.assign(res, quiet) as unknown as Response;
}
