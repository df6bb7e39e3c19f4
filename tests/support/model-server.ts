import http, { type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Request, Response } from 'express';
import multer from 'multer';
import { answerChat } from './model-server-chat.ts';
import { answerFile, answerImages } from './model-server-images.ts';

export type Body = Record<string, unknown>;
export type SentFile = { field: string; name: string; type: string; bytes: Buffer };
type Received = { body: Body; files: SentFile[] };
export type RecordedRequest = {
  at: number;
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: Body;
  /** The files of a form. */
  files: SentFile[];
  /** Becomes true when the client closed the connection before the answer was whole. */
  isAborted: boolean;
};
export type Exchange = {
  request: RecordedRequest;
  response: ServerResponse;
  url: string;
  directives: Directives;
};
/** Answers a request itself and returns true, or returns false to leave it to the directives. */
export type Script = (exchange: Exchange) => boolean;
export type Directives = Map<string, string>;

export type ModelServer = Awaited<ReturnType<typeof startModelServer>>;

const defaultModels: unknown[] = [
  'gpt-4o-mini',
  'gpt-4o',
  'text-embedding-3-small',
  'gpt-image-1',
  'dall-e-3',
].map((id) => ({ id, object: 'model', created: 1_715_367_049, owned_by: 'test' }));

/**
 * A scripted OpenAI-compatible server on 127.0.0.1. Its behaviour is set by a word in the last user message or the
 * image prompt: `[[n=5 tps=200]]`; the words stand in `model-server-chat.ts` and `model-server-images.ts`, and here:
 * `err=429 retry-after=2 retry-after-ms=500 code=insufficient_quota type=… message=a_text page times=2` answers with
 * an error (`times`: only so often for this prompt), `hang` never answers, `reset` drops the connection.
 */
export async function startModelServer(options: { models?: unknown } = {}) {
  const requests: RecordedRequest[] = [];
  const failures = new Map<string, number>();
  const sockets = new Set<Socket>();
  let script: Script = () => false;
  let models: unknown = options.models ?? { object: 'list', data: defaultModels };
  let address = '';

  const server = http.createServer((incoming, response) => {
    const answer = ({ body, files }: Received) => {
      const request: RecordedRequest = {
        at: Date.now(),
        method: incoming.method ?? '',
        path: incoming.url ?? '',
        headers: incoming.headers,
        body,
        files,
        isAborted: false,
      };
      requests.push(request);
      response.on('close', () => (request.isAborted = !response.writableFinished));
      const prompt = promptOf(body);
      const exchange = { request, response, url: address, directives: directivesOf(prompt) };
      if (script(exchange)) return;
      if (request.path.startsWith('/files/')) return answerFile(exchange);
      if (request.path === '/v1/models') return json(response, 200, models);
      if (fail(exchange, prompt, failures)) return;
      if (request.path === '/v1/chat/completions') return answerChat(exchange);
      if (/^\/v1\/images\/(generations|edits)$/.test(request.path)) return answerImages(exchange);
      json(response, 404, { error: { message: 'no such route', code: 'unknown_url' } });
    };
    // A request that breaks off is answered by nobody.
    void readBody(incoming).then(answer, () => undefined);
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    url: address,
    baseUrl: `${address}/v1`,
    port: (server.address() as AddressInfo).port,
    requests,
    /** The recorded generation calls, without model lists and files. */
    calls: () => requests.filter(({ method }) => method === 'POST'),
    script: (next: Script) => (script = next),
    setModels: (next: unknown) => (models = next),
    openSockets: () => sockets.size,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

export function json(
  response: ServerResponse,
  status: number,
  value: unknown,
  headers: Record<string, string> = {},
) {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(value));
}

function fail({ directives, response }: Exchange, prompt: string, failures: Map<string, number>): boolean {
  if (directives.has('hang')) return true;
  if (directives.has('reset')) {
    response.socket?.destroy();
    return true;
  }
  const status = Number(directives.get('err') ?? 0);
  const failed = failures.get(prompt) ?? 0;
  if (status === 0 || failed >= Number(directives.get('times') ?? Infinity)) return false;
  failures.set(prompt, failed + 1);
  const headers = Object.fromEntries(
    ['retry-after', 'retry-after-ms', 'location'].flatMap((name) => {
      const value = directives.get(name)?.replaceAll('_', ' ');
      return value === undefined ? [] : [[name, value]];
    }),
  );
  if (directives.has('page')) {
    response.writeHead(status, { 'content-type': 'text/html', ...headers });
    response.end('<html><h1>Bad gateway</h1> secret-proxy-name</html>');
    return true;
  }
  const message = directives.get('message')?.replaceAll('_', ' ') ?? `test error ${status} about: ${prompt}`;
  const error = {
    message,
    type: directives.get('type') ?? null,
    param: null,
    code: directives.get('code') ?? null,
  };
  json(response, status, { error }, headers);
  return true;
}

function directivesOf(prompt: string): Directives {
  const words = /\[\[([^\]]*)\]\]/.exec(prompt)?.[1]?.trim().split(/\s+/) ?? [];
  return new Map(
    words.map((word): [string, string] => {
      const at = word.indexOf('=');
      return at < 0 ? [word, ''] : [word.slice(0, at), word.slice(at + 1)];
    }),
  );
}

function promptOf(body: Body): string {
  if (typeof body['prompt'] === 'string') return body['prompt'];
  const turns = Array.isArray(body['messages'])
    ? (body['messages'] as { role?: unknown; content?: string }[])
    : [];
  return turns.findLast((turn) => turn.role === 'user')?.content ?? '';
}

async function readBody(incoming: IncomingMessage): Promise<Received> {
  if (incoming.headers['content-type']?.startsWith('multipart/form-data')) return readForm(incoming);
  const parts: Buffer[] = [];
  for await (const part of incoming as AsyncIterable<Buffer>) parts.push(part);
  try {
    return { body: JSON.parse(Buffer.concat(parts).toString() || '{}') as Body, files: [] };
  } catch {
    return { body: {}, files: [] };
  }
}

async function readForm(incoming: IncomingMessage): Promise<Received> {
  const request = incoming as Request;
  await new Promise<void>((resolve, reject) => {
    multer().any()(request, {} as Response, (error) => (error ? reject(error as Error) : resolve()));
  });
  const files = (request.files as Express.Multer.File[]).map(
    ({ fieldname: field, originalname: name, mimetype: type, buffer: bytes }) => ({
      field,
      name,
      type,
      bytes,
    }),
  );
  return { body: { ...(request.body as Body) }, files };
}
