import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { RequestHandler } from 'express';
import { notFound } from '../lib/errors.ts';

const types: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml; charset=utf-8',
  '.png': 'image/png',
};
const encodings = [
  ['br', '.br'],
  ['gzip', '.gz'],
] as const;

type Asset = { type: string; etag: string; immutable: boolean; variants: Map<string, Buffer> };

export type Assets = { urlOf(name: string): string; serve: RequestHandler };

/**
 * Style sheets, scripts and the icon sprite under `/assets`. Built: fingerprinted names from `dist/assets`, cached for
 * a year, already compressed. Not built: the files of `public` as they are. Nothing outside these folders is reachable.
 */
export function createAssets(root: string, built: boolean): Assets {
  return built ? builtAssets(join(root, 'dist', 'assets')) : sourceAssets(join(root, 'public'));
}

function builtAssets(folder: string): Assets {
  const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as Record<string, string>;
  // Those of the build before too: a page that was opened from it still asks for them.
  const files = new Set(readdirSync(folder).filter((name) => extname(name) in types));
  const loaded = new Map<string, Asset>();
  return {
    urlOf: (name) => `/assets/${manifest[name] ?? name}`,
    serve: sender((name) => {
      if (!files.has(name)) return undefined;
      let asset = loaded.get(name);
      if (!asset) loaded.set(name, (asset = readAsset(join(folder, name), true)));
      return asset;
    }),
  };
}

function sourceAssets(folder: string): Assets {
  const places: Record<string, string> = { '.css': 'css', '.js': 'js', '.svg': 'img', '.png': 'img' };
  return {
    urlOf: (name) => `/assets/${places[extname(name)] ?? 'img'}/${name}`,
    serve: sender((name) => {
      if (!/^(css|js|img)(\/[a-z0-9-]+)*\/[a-z0-9-]+\.(css|js|svg|png)$/.test(name)) return undefined;
      const path = join(folder, name);
      return existsSync(path) ? readAsset(path, false) : undefined;
    }),
  };
}

function readAsset(path: string, immutable: boolean): Asset {
  const plain = readFileSync(path);
  const variants = new Map([['identity', plain]]);
  for (const [encoding, ending] of encodings)
    if (existsSync(path + ending)) variants.set(encoding, readFileSync(path + ending));
  const etag = `"${createHash('sha256').update(plain).digest('base64url').slice(0, 20)}"`;
  return { type: types[extname(path)] ?? 'application/octet-stream', etag, immutable, variants };
}

function sender(find: (name: string) => Asset | undefined): RequestHandler {
  return (req, res, next) => {
    if (req.method !== 'GET' && req.method !== 'HEAD') return next();
    const asset = find(req.path.slice(1));
    if (!asset) return next(notFound());
    // The smallest one that is accepted: browsers name gzip first and mean no order by it.
    const encoding =
      encodings.find(([name]) => asset.variants.has(name) && req.acceptsEncodings(name))?.[0] ?? 'identity';
    const bytes = asset.variants.get(encoding) ?? asset.variants.get('identity');
    res.setHeader('Content-Type', asset.type);
    res.setHeader('ETag', asset.etag);
    res.setHeader('Cache-Control', asset.immutable ? 'public, max-age=31536000, immutable' : 'no-cache');
    res.vary('Accept-Encoding');
    if (req.fresh) return void res.status(304).end();
    if (encoding !== 'identity') res.setHeader('Content-Encoding', encoding);
    res.end(req.method === 'HEAD' ? undefined : bytes);
  };
}
