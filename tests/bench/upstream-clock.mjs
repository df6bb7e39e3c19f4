import { microseconds } from './marks.mjs';

/**
 * One timer for all streams. A stream is `{ next, step, isDone, emit() }` with times in microseconds; `emit` is called
 * once for each step that is due. `onLate` gets how many milliseconds a token was late.
 */
export function createTokenClock(onLate) {
  const streams = new Set();
  let timer;

  function tick() {
    const time = microseconds();
    for (const stream of streams) {
      while (stream.next <= time && !stream.isDone) {
        onLate((time - stream.next) / 1000);
        stream.emit();
        stream.next += stream.step;
      }
      if (stream.isDone) streams.delete(stream);
    }
    if (streams.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  }

  return (stream) => {
    streams.add(stream);
    timer ??= setInterval(tick, 1);
  };
}
