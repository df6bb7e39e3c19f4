import type { ServerResponse } from 'node:http';
import { eventually } from './chat.ts';
import type { ModelServer } from './model-server.ts';

export type Turn = { role: string; content: string };
export type Puppet = {
  prompt: string;
  turns: Turn[];
  body: Record<string, unknown>;
  /** Sends a piece of the answer. */
  say(text: string): void;
  /** Ends the answer with a finish reason. */
  finish(reason?: string): void;
  /** Ends the body without one. */
  cut(): void;
  /** Drops the connection. */
  drop(): void;
  /** Sends this as it is. */
  raw(text: string): void;
  isClosed(): boolean;
};

/**
 * Takes the chat calls of a model server into the hands of a test: each one waits until the test says what comes next.
 * `next(word)` is the oldest open call, not taken yet, whose prompt contains that word.
 */
export function pullStrings(model: ModelServer) {
  const waiting: Puppet[] = [];
  let calls = 0;
  model.script(({ request, response }) => {
    if (request.path !== '/v1/chat/completions') return false;
    calls += 1;
    waiting.push(puppetOf(request.body, response));
    return true;
  });
  return {
    calls: () => calls,
    next: (word = '') =>
      eventually(() => {
        const at = waiting.findIndex((call) => call.prompt.includes(word) && !call.isClosed());
        return at < 0 ? undefined : waiting.splice(at, 1)[0];
      }),
  };
}

export type Strings = ReturnType<typeof pullStrings>;

function puppetOf(body: Record<string, unknown>, response: ServerResponse): Puppet {
  const turns = (body['messages'] ?? []) as Turn[];
  const chunk = (delta: object, finish: string | null = null) =>
    response.write(`data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`);
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.flushHeaders();
  return {
    turns,
    body,
    prompt: turns.findLast(({ role }) => role === 'user')?.content ?? '',
    say: (text) => void chunk({ content: text }),
    finish: (reason = 'stop') => {
      chunk({}, reason);
      response.end('data: [DONE]\n\n');
    },
    cut: () => void response.end(),
    drop: () => void response.socket?.destroy(),
    raw: (text) => void response.write(text),
    isClosed: () => response.destroyed,
  };
}
