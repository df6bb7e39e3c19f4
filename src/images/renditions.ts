import { AppError, isAppError, notFound } from '../lib/errors.ts';
import type { Files } from '../platform/files/files.ts';
import { rendition, type PictureFormat } from '../platform/pictures.ts';

/** Width and height in pixels, of which the picture fills at least one. */
export type View = {
  width?: number | undefined;
  height?: number | undefined;
  format?: PictureFormat | undefined;
};
type Kept = { id: string; path: string | null; format: string };

/** Finds the file of a picture, or of its smaller copy, which is made when it is first asked for and then kept. */
export function createOpener({ files, renditions }: { files: Files; renditions: Files }) {
  /** @throws AppError `not_found` when there is no picture, or it cannot be read any more */
  return async (image: Kept, view?: View): Promise<{ files: Files; name: string; format: string }> => {
    if (!image.path) throw notFound();
    if (!view) return { files, name: image.path, format: image.format };
    const format = view.format ?? (image.format === 'png' ? 'webp' : (image.format as PictureFormat));
    const name = `${image.id}-${view.width ?? 0}x${view.height ?? 0}.${format}`;
    if (!(await renditions.stat(name))) {
      const original = await readAll(files, image.path);
      const smaller = await rendition(original, { ...view, format }).catch((cause: unknown) => {
        // Damaged on our disk: the sentence about the model server would mislead.
        throw new AppError('not_found', { cause });
      });
      const isKept = await renditions.put(name, smaller.bytes).then(
        () => true,
        (error: unknown) => isAppError(error, 'conflict'),
      );
      // A full disk must not take the library away.
      if (!isKept) return { files, name: image.path, format: image.format };
    }
    return { files: renditions, name, format };
  };
}

async function readAll(files: Files, name: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of await files.open(name)) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
