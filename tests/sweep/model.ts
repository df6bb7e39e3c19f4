import type { ServerResponse } from 'node:http';
import { json, type Exchange, type ModelServer } from '../support/model-server.ts';
import { png } from '../support/model-server-images.ts';
import { canariesIn, colourOf } from './dice.ts';
import type { Journal } from './journal.ts';

/** The model server's own record of one call. */
export type Call = {
  kind: 'chat' | 'image' | 'side';
  key: string;
  /** All text that was written. */
  sent: string;
  /** A finish reason, or the images, were written. */
  isFinished: boolean;
  /** Answered with an error on purpose. */
  isFailed: boolean;
};
export type CallRecord = ReturnType<typeof recordCalls>;

const IMAGE_PIXELS = 24;

/**
 * Answers all generation calls of a model server, and remembers them by the key in their prompt. Words for a text:
 * `n=40 pause=12` so many pieces, ms between them; `cut=5`, `die=5` a clean end or a reset after so many; `finish=length`;
 * `fail=1` one 503 first. For images: `ms=100`, `fail=1`, `half` (each second one broken).
 */
export function recordCalls(model: ModelServer, journal: Journal) {
  const byKey = new Map<string, Call[]>();

  model.script((exchange) => {
    if (exchange.request.method !== 'POST') return false;
    const prompt = promptOf(exchange);
    const key = /key-[\w-]+/.exec(prompt)?.[0] ?? '';
    const [canary = ''] = canariesIn(prompt);
    journal.inspect({ name: canary }, JSON.stringify(exchange.request.body), `the request of ${key}`);
    const words = new Map(
      (/\[\[([^\]]*)\]\]/.exec(prompt)?.[1] ?? '').split(' ').map((word): [string, string] => {
        const [name = '', value = ''] = word.split('=');
        return [name, value];
      }),
    );
    const isChat = exchange.request.path.endsWith('/chat/completions');
    const isSide = isChat && exchange.request.body['stream'] !== true;
    const calls = byKey.get(key) ?? [];
    byKey.set(key, calls);
    const call: Call = {
      kind: isSide ? 'side' : isChat ? 'chat' : 'image',
      key,
      sent: '',
      isFinished: false,
      isFailed: calls.length < Number(words.get('fail') ?? 0),
    };
    calls.push(call);
    journal.note('call', { key, kind: call.kind, isFailed: call.isFailed });
    if (call.kind === 'image') journal.moments.emit('image-asked');
    if (call.isFailed)
      json(exchange.response, 503, { error: { message: 'busy' } }, { 'retry-after-ms': '100' });
    else if (isSide) json(exchange.response, 200, sideAnswer(canary));
    else if (isChat) writeText(exchange.response, { call, words, canary, number: calls.length });
    else writeImages(exchange, { call, words, canary, journal });
    return true;
  });

  return { of: (key: string): readonly Call[] => byKey.get(key) ?? [] };
}

type Answer = { call: Call; words: Map<string, string>; canary: string };

/** Each call's text begins with a sign of its own, so that a stored text can be taken apart into its calls. */
function writeText(
  response: ServerResponse,
  { call, words, canary, number }: Answer & { number: number },
): void {
  const pieces = Number(words.get('n') ?? 5);
  const pause = Number(words.get('pause') ?? 0);
  const ends = { cut: Number(words.get('cut') ?? -1), die: Number(words.get('die') ?? -1) };
  const write = (delta: object, finish: string | null = null) =>
    response.write(`data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`);
  const say = (content: string) => {
    call.sent += content;
    write({ content });
  };
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  say(`⟦${call.key} ${number} ${canary}⟧ `);
  const step = (at: number): void => {
    if (response.destroyed) return;
    if (at === ends.cut) return void response.end();
    if (at === ends.die) return void setTimeout(() => response.socket?.destroy(), 30);
    if (at < pieces) {
      say(at % 10 === 9 ? `**${canary}** 😀\n\n` : `größer ${at} als zuvor, `);
      if (pause === 0) return step(at + 1);
      return void setTimeout(() => step(at + 1), pause);
    }
    call.isFinished = true;
    write({}, words.get('finish') || 'stop');
    response.end('data: [DONE]\n\n');
  };
  step(0);
}

function writeImages(
  exchange: Exchange,
  { call, words, canary, journal }: Answer & { journal: Journal },
): void {
  const { request, response } = exchange;
  const image = png(IMAGE_PIXELS, IMAGE_PIXELS, colourOf(canary)).toString('base64');
  const data = Array.from({ length: Number(request.body['n'] ?? 1) }, (_, index) => ({
    b64_json: words.has('half') && index % 2 === 1 ? 'bm90IGEgcGljdHVyZQ==' : image,
  }));
  setTimeout(
    () => {
      call.isFinished = true;
      json(response, 200, { created: 1, data });
      journal.moments.emit('image-answered');
    },
    Number(words.get('ms') ?? 0),
  );
}

const sideAnswer = (canary: string) => ({
  choices: [{ index: 0, message: { role: 'assistant', content: `About ${canary}` }, finish_reason: 'stop' }],
});

/** The question that is answered: the last one with a key, also when the model is asked to go on. */
function promptOf({ request }: Exchange): string {
  if (typeof request.body['prompt'] === 'string') return request.body['prompt'];
  const turns = (request.body['messages'] ?? []) as { role: string; content: string }[];
  return turns.findLast(({ role, content }) => role === 'user' && content.includes('key-'))?.content ?? '';
}
