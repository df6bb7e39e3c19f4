import { parentPort } from 'node:worker_threads';
import { limitBuffers } from './limit-buffers.ts';
import { readHeic, type HeicResult } from './heic.ts';
import { readPdf, type PdfResult } from './pdf.ts';

/** A file that others have made, to be read apart from the server. */
export type ReadingJob =
  | { kind: 'pdf'; bytes: Uint8Array; maxPages: number; maxCharacters: number }
  | { kind: 'heic'; bytes: Uint8Array; maxPixels: number };
export type ReadingResult = PdfResult | HeicResult;

// The program of the worker thread: one job after the other. The libraries have words for the console about odd files.
const silent = () => undefined;
Object.assign(console, { log: silent, warn: silent, error: silent });
limitBuffers();
parentPort?.on('message', (job: ReadingJob) => void answer(job));
parentPort?.postMessage('ready');

async function answer(job: ReadingJob): Promise<void> {
  const result = job.kind === 'pdf' ? await readPdf(job) : await readHeic(job);
  const isPixels = result.outcome === 'read' && result.kind === 'heic';
  parentPort?.postMessage(result, isPixels ? [result.data.buffer] : []);
}
