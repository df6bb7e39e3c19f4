import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Request, Response } from 'express';

const YEAR_SECONDS = 31_536_000;

type Sending = {
  /** What is sent: its size in bytes, and its content or a part of it. */
  file: { bytes: number; open(range?: { start: number; end: number }): Promise<Readable> };
  etag: string;
  type: string;
  download: string | undefined;
};

/**
 * Sends a stored file to its owner: private caching, `ETag`, one byte range, and a policy under which nothing in it
 * can run.
 */
export async function sendFile(
  req: Request,
  res: Response,
  { file, etag, type, download }: Sending,
): Promise<void> {
  res.setHeader('Content-Type', type);
  res.setHeader('Content-Security-Policy', "default-src 'none'; sandbox; frame-ancestors 'none'");
  res.setHeader('Cache-Control', `private, max-age=${YEAR_SECONDS}, immutable`);
  res.setHeader('Vary', 'Cookie');
  res.setHeader('ETag', etag);
  res.setHeader('Accept-Ranges', 'bytes');
  res.setHeader('Content-Disposition', download ? dispositionOf(download) : 'inline');
  if (req.fresh) return void res.status(304).end();
  const range = rangeOf(req, file.bytes);
  if (range === 'unsatisfiable') {
    res.setHeader('Content-Range', `bytes */${file.bytes}`);
    return void res.status(416).end();
  }
  const { start, end } = range ?? { start: 0, end: file.bytes - 1 };
  res.setHeader('Content-Length', end - start + 1);
  if (range) res.status(206).setHeader('Content-Range', `bytes ${start}-${end}/${file.bytes}`);
  if (req.method === 'HEAD') return void res.end();
  const source = await file.open(range);
  // A reader that goes away in the middle is no fault of ours.
  await pipeline(source, res).catch(() => res.destroy());
}

/** A name of any characters (RFC 6266, RFC 8187), with a plain one for clients that read no other. */
function dispositionOf(name: string): string {
  const plain = name.replace(/[^\x20-\x7e]|["%\\]/g, '_');
  if (plain === name) return `attachment; filename="${plain}"`;
  const escaped = encodeURIComponent(name).replace(
    /['()*]/g,
    (mark) => `%${mark.charCodeAt(0).toString(16)}`,
  );
  return `attachment; filename="${plain}"; filename*=UTF-8''${escaped}`;
}

function rangeOf(req: Request, size: number): { start: number; end: number } | undefined | 'unsatisfiable' {
  const ranges = req.range(size, { combine: true });
  if (ranges === -1) return 'unsatisfiable';
  if (ranges === undefined || ranges === -2 || ranges.type !== 'bytes' || ranges.length !== 1)
    return undefined;
  const [first] = ranges;
  return first && { start: first.start, end: first.end };
}
