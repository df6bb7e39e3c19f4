import { parentPort } from 'node:worker_threads';
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';

/** Merging takes time in the square of a stretch without a blank, so that none may be longer. */
const MAX_STRETCH = 4000;
/** A text may name the marks that tokenizers use themselves; here they are text like any other. */
const options = { disallowedSpecial: new Set() };

// The program of the thread that counts: it takes `{ id, texts }` and answers `{ id, counts }`.
parentPort?.on('message', ({ id, texts }) => parentPort?.postMessage({ id, counts: texts.map(tokensIn) }));

/** Cut into stretches a text has at most one token more for each. */
function tokensIn(text) {
  let tokens = 0;
  for (let from = 0; from < text.length;) {
    const space = text.lastIndexOf(' ', from + MAX_STRETCH);
    const to = text.length - from <= MAX_STRETCH || space <= from ? from + MAX_STRETCH : space;
    tokens += countTokens(text.slice(from, to), options);
    from = to;
  }
  return tokens;
}
