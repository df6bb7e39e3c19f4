import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

export type ZipSource = {
  /** Path in the archive. */
  name: string;
  open(): Promise<Readable>;
  /** Worth compressing: text. Images are as small as they get. */
  isText?: boolean;
};

/**
 * Writes a ZIP file, entry after entry: each source is opened when its turn has come, and the next waits for the reader.
 * Ends the stream. Rejects when it breaks off. @param at time of all entries, in milliseconds since 1970
 */
export async function writeZip(
  target: Writable,
  entries: AsyncIterable<ZipSource>,
  at: number,
): Promise<void> {
  const { ZipArchive } = await import('archiver');
  const zip = new ZipArchive({ zlib: { level: 6 } });
  const written = pipeline(zip, target);
  let open: Readable | undefined;
  // Never resolves: it only ends the wait for an entry that nobody reads any more.
  const broken = written.then(() => new Promise<never>(() => undefined));
  broken.catch(() => undefined);
  try {
    for await (const { name, open: openSource, isText = false } of entries) {
      open = await openSource();
      const source = open;
      const taken = new Promise<void>((resolve, reject) => {
        zip.once('entry', () => resolve());
        source.once('error', reject);
      });
      zip.append(source, { name, mode: 0o600, date: new Date(at), store: !isText });
      await Promise.race([taken, broken]);
    }
    await Promise.race([zip.finalize(), broken]);
    await written;
  } catch (error) {
    open?.destroy();
    zip.destroy();
    target.destroy();
    await written.catch(() => undefined);
    throw error;
  }
}
