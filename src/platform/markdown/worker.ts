import { parentPort } from 'node:worker_threads';
import { growingHtml } from '../../lib/markdown/growing.ts';
import { renderMarkdown } from '../../lib/markdown/markdown.ts';

/** A text that is over, or one that still grows and is to be shown as far as it is. */
export type RenderJob = { kind: 'whole' | 'growing'; text: string };

// The program of the worker thread: one job after the other, with the same result as in the thread of the server.
parentPort?.on('message', ({ kind, text }: RenderJob) => {
  parentPort?.postMessage(kind === 'whole' ? renderMarkdown(text) : growingHtml(text));
});

// What is loaded with the first code and the first formula takes longer than most jobs, and is no part of their time.
renderMarkdown('`a` $x$\n\n```js\nlet a;\n```');
parentPort?.postMessage('ready');
