import { markOf, microseconds } from './marks.mjs';
import { createTokenClock } from './upstream-clock.mjs';
import { directiveOf, promptOf } from './upstream-directive.mjs';
import { scriptOf } from './upstream-script.mjs';

/** Tokens written in one go when a prompt asks for them as fast as possible. */
const BURST = 64;

/** `POST /v1/chat/completions` with `stream`, in OpenAI's framing. `stats` counts what was done. */
export function createChat(stats) {
  const schedule = createTokenClock((late) => (stats.late_ms_max = Math.max(stats.late_ms_max, late)));
  let latest = 0;
  // Strictly rising, so that each mark names one token.
  const nextMark = () => markOf((latest = Math.max(microseconds(), latest + 1)));

  return (res, body) => {
    const wish = directiveOf(promptOf(body));
    if (wish.hang) return;
    if (wish.err) {
      res.writeHead(wish.err, { 'content-type': 'application/json' });
      return void res.end(
        JSON.stringify({ error: { message: `test error ${wish.err}`, type: 'server_error' } }),
      );
    }
    const script = scriptOf(wish, nextMark);
    stream({ res, wish, frames: framesOf(body, ++stats.streams), script, schedule, stats });
  };
}

function stream({ res, wish, frames, script, schedule, stats }) {
  res.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' });
  res.flushHeaders();
  const { socket } = res;
  socket.setNoDelay(true);
  // Frames go straight to the socket: cheaper than `res.write`, the same bytes on the wire.
  const write = (text) => socket.write(`${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`);
  let count = 0;
  const answer = {
    isDone: false,
    step: wish.tps > 0 ? 1e6 / wish.tps : 0,
    next: microseconds() + wish.ttft * 1000,
    emit() {
      if (wish.die && count >= wish.die) {
        answer.isDone = true;
        return socket.destroy();
      }
      if (count === 0) write(frames.open);
      write(frames.delta(script.pieceAt(count)));
      count += 1;
      stats.tokens += 1;
      if (count < script.count) return;
      answer.isDone = true;
      write(frames.close(count));
      res.end();
    },
  };
  res.on('close', () => {
    if (!answer.isDone) stats.aborted += 1;
    answer.isDone = true;
  });
  if (wish.tps > 0) return schedule(answer);
  const burst = () => {
    for (let i = 0; i < BURST && !answer.isDone; i += 1) answer.emit();
    if (!answer.isDone) setImmediate(burst);
  };
  setTimeout(burst, wish.ttft);
}

/** The frames of one answer. The text of a delta comes escaped for JSON. */
function framesOf(body, number) {
  const model = JSON.stringify(body.model ?? 'bench');
  const head = `"id":"chatcmpl-bench${number}","object":"chat.completion.chunk","created":1760000000,"model":${model}`;
  const choice = (delta, finish = null) =>
    `data: {${head},"system_fingerprint":"fp_bench","choices":[{"index":0,"delta":${delta},"logprobs":null,"finish_reason":${finish}}]}\n\n`;
  const usage = (count) =>
    `data: {${head},"choices":[],"usage":{"prompt_tokens":10,"completion_tokens":${count},"total_tokens":${10 + count}}}\n\n`;
  return {
    open: choice('{"role":"assistant","content":"","refusal":null}'),
    delta: (text) => choice(`{"content":"${text}"}`),
    close: (count) =>
      `${choice('{}', '"stop"')}${body.stream_options?.include_usage ? usage(count) : ''}data: [DONE]\n\n`,
  };
}
