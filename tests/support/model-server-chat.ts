import { json, type Directives, type Exchange } from './model-server.ts';

/**
 * Words for a chat answer: `n=5` pieces, `tps=200` pieces a second (0: at once), `ttft=100` ms before the first, `pad=20`
 * more characters a piece, `huge=3000000` one piece of that size, `finish=length` the finish reason, `tail=text` the
 * text of all pieces; `usage=none|zero|negative|odd`; `plain` a JSON answer, `html`, `empty`, `refusal`.
 * Faults after so many pieces: `stall=3` (with `keepalive=50` a comment every 50 ms), `cut=3` a clean end,
 * `cutjson=3` an end inside a line, `die=3` a reset, `badjson=3`, `errevent=3`, `errdata=3` (with `code=…`).
 * Without a finish: `nofinish` (`[DONE]` alone), `nullfinish`; `open` never ends the body after the finish.
 * Form: `crlf`, `slices` (single bytes), `odd` (strange but harmless chunks), `thinking`.
 * Thinking before the text: `thoughts=3` pieces, `as=reasoning_content|reasoning|details|parts|tag|silent`.
 */
export function answerChat({ request, response, directives }: Exchange): void {
  const has = (name: string) => directives.has(name);
  if (has('html'))
    return void response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Sign in</h1>');
  if (has('plain') || request.body['stream'] !== true) return json(response, 200, wholeAnswer(directives));
  if (has('nousage') && request.body['stream_options'] !== undefined)
    return json(response, 400, { error: { message: 'Unrecognized request argument: stream_options' } });
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
  response.flushHeaders();
  if (has('empty')) return void response.end();

  const number = (name: string, otherwise: number) => Number(directives.get(name) ?? otherwise);
  const steps = frames(directives, request.body['stream_options'] !== undefined);
  const pause = number('tps', 0) > 0 ? 1000 / number('tps', 0) : 0;
  const write = (text: string) => {
    const bytes = Buffer.from(has('crlf') ? text.replaceAll('\n', '\r\n') : text);
    if (!has('slices')) return void response.write(bytes);
    for (const byte of bytes) response.write(Buffer.of(byte));
  };

  const run = (from: number): void => {
    for (let at = from; at < steps.length; at++) {
      const step = steps[at];
      if (response.destroyed || step === undefined) return;
      if (step === 'stall') {
        const every = number('keepalive', 0);
        const timer = every > 0 ? setInterval(() => response.write(': still here\n\n'), every) : undefined;
        return void response.on('close', () => clearInterval(timer));
      }
      if (step === 'die') return void setTimeout(() => response.socket?.destroy(), 20);
      if (step === 'end') return void response.end();
      write(step);
      if (pause > 0) return void setTimeout(() => run(at + 1), pause);
    }
  };
  const first = number('ttft', 0);
  if (first > 0) setTimeout(() => run(0), first);
  else run(0);
}

export const pieceAt = (index: number) => `wört${index} `;
/** The text that `[[n=…]]` gives. */
export const textOf = (n: number) => Array.from({ length: n }, (_, index) => pieceAt(index)).join('');

const event = (data: unknown) => `data: ${JSON.stringify(data)}\n\n`;
const chunk = (delta: unknown, finish: string | null = null) =>
  event({ id: 'c1', object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason: finish }] });

/** All writes of an answer, in order; `stall`, `die` and `end` say how it stops. */
function frames(directives: Directives, wantsUsage: boolean): string[] {
  const has = (name: string) => directives.has(name);
  const n = Number(directives.get('n') ?? 5);
  const out = [chunk({ role: 'assistant', content: '', refusal: null })];
  if (has('odd')) out.push(...oddFrames);
  if (has('thinking')) out.push(chunk({ reasoning_content: 'hidden thought' }));
  out.push(...thoughtFrames(directives));
  if (has('huge')) out.push(chunk({ content: 'x'.repeat(Number(directives.get('huge'))) }));
  const faults: Record<string, string[]> = {
    stall: ['stall'],
    cut: ['end'],
    die: ['die'],
    cutjson: ['data: {"choices":[{"delta":{"cont', 'end'],
    badjson: ['data: {"id": broken\n\n'],
    errevent: [
      `event: error\n${event({ message: 'raw words of the server', code: directives.get('code') })}`,
    ],
    errdata: [event({ error: { message: 'raw words of the server', code: directives.get('code') } })],
  };
  for (let index = 0; index <= n; index++) {
    for (const [name, frames] of Object.entries(faults))
      if (directives.get(name) === String(index)) out.push(...frames);
    if (index < n) out.push(chunk({ [has('refusal') ? 'refusal' : 'content']: piece(directives, index) }));
  }
  if (has('nullfinish')) out.push(chunk({}, null));
  else if (!has('nofinish')) out.push(chunk({}, directives.get('finish') ?? 'stop'));
  if (has('twice')) out.push(chunk({}, 'length'));
  if (has('open')) return out;
  const thought = Number(directives.get('thoughts') ?? 0);
  if (wantsUsage) out.push(...usageFrames(directives.get('usage'), n, thought));
  out.push('data: [DONE]\n\n', 'end');
  return out;
}

function piece(directives: Directives, index: number): string {
  return pieceAt(index) + 'x'.repeat(Number(directives.get('pad') ?? 0));
}

const oddFrames = [
  ': a comment\n\n',
  'retry: 1000\nid: 7\n\n',
  event({ choices: [] }),
  event({ choices: [{}] }),
  event({ choices: [{ index: 0, delta: null }] }),
  event({ choices: [{ index: 0, delta: { content: null, role: 'assistant', unknown: { deep: [1] } } }] }),
  event({ choices: [{ index: 0, delta: { content: 42, refusal: ['x'] } }] }),
  event({ choices: [{ index: 1, delta: { content: 'of another choice' } }] }),
  event({ choices: 'none', usage: 'none', error: null }),
  event(null),
  'data: "text"\n\n',
  'data: {"choices":\ndata: []}\n\n',
];

export const thoughtAt = (index: number) => `**Step ${index}**\n\nthöught ${index}\n\n`;
/** What `[[thoughts=…]]` is thought. */
export const thoughtOf = (n: number) => Array.from({ length: n }, (_, index) => thoughtAt(index)).join('');

function thoughtFrames(directives: Directives): string[] {
  const thoughts = Array.from({ length: Number(directives.get('thoughts') ?? 0) }, (_, index) =>
    thoughtAt(index),
  );
  const as = directives.get('as') ?? 'reasoning_content';
  if (as === 'silent' || thoughts.length === 0) return [];
  if (as === 'tag')
    return ['<thi', 'nk>', ...thoughts, '</th', 'ink>\n', '\n'].map((content) => chunk({ content }));
  return thoughts.map((text) => {
    if (as === 'parts') return chunk({ content: [{ type: 'thinking', thinking: [{ type: 'text', text }] }] });
    if (as === 'details') return chunk({ reasoning_details: [{ type: 'reasoning.text', text }] });
    return chunk({ content: null, [as]: text });
  });
}

function usageFrames(mode: string | undefined, n: number, thought: number): string[] {
  const usage = (prompt: unknown, completion: unknown) =>
    event({
      choices: [],
      usage: {
        prompt_tokens: prompt,
        completion_tokens: completion,
        ...(thought > 0 ? { completion_tokens_details: { reasoning_tokens: thought } } : {}),
      },
    });
  if (mode === 'none') return [];
  if (mode === 'zero') return [usage(0, 0)];
  if (mode === 'negative') return [usage(-3, 5)];
  if (mode === 'odd') return [usage('many', 1e300)];
  return [usage(10, n + thought)];
}

function wholeAnswer(directives: Directives) {
  const n = Number(directives.get('n') ?? 5);
  return {
    id: 'c1',
    object: 'chat.completion',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: textOf(n) },
        finish_reason: directives.get('finish') ?? 'stop',
      },
    ],
    usage: { prompt_tokens: 10, completion_tokens: n, total_tokens: 10 + n },
  };
}
