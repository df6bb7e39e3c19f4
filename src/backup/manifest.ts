import { z } from 'zod';

/** The layout of the archive; a Salon reads its own and older ones. */
export const FORMAT = 1;
export const MANIFEST = 'manifest.json';
export const DATABASE = 'salon.db';
export const SECRET = 'session-secret';
export const FILES = 'files/';
/** A million images take about 150 MB; more is no manifest of ours. */
export const MAX_MANIFEST_BYTES = 256 * 1024 * 1024;

const size = z.number().int().min(0);
const entry = z.strictObject({
  name: z.string().min(1).max(1000),
  bytes: size,
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

/** What an archive says about itself. `gone` and `damaged` are images that a row names but the disk no longer had, or had otherwise. */
export const manifestShape = z.strictObject({
  format: z.number().int().min(1),
  salon: z.string().max(100),
  schema: size,
  kind: z.enum(['manual', 'scheduled']),
  created_at: z.iso.datetime(),
  files: z.array(entry).min(1),
  rows: z.record(z.string(), size),
  gone: z.array(z.string().max(1000)),
  damaged: z.array(z.string().max(1000)),
});

export type Manifest = z.infer<typeof manifestShape>;
export type ManifestEntry = z.infer<typeof entry>;
export type BackupKind = Manifest['kind'];

/**
 * True for a name that may be written: `/` between folders, each part of letters, digits, `.`, `_`, `-`, and none that
 * begins with a dot. Refuses `..`, absolute names, backslashes, drive letters and control characters at once.
 */
export function isSafeName(name: string): boolean {
  return (
    name.length <= 1000 && name.split('/').every((part) => /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,254}$/.test(part))
  );
}

/** True for the names that an archive may hold beside its manifest. */
export function isArchiveName(name: string): boolean {
  if (name === DATABASE || name === SECRET) return true;
  return name.startsWith(FILES) && isSafeName(name);
}
