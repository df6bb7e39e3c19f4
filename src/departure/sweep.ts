import type { Files } from '../platform/files/files.ts';
import type { Log } from '../platform/log.ts';
import type { RemovalStore, RemovedFile } from './store.ts';

const AT_ONCE = 500;
/** Work that ran when its owner was deleted may still write a file that it had begun: looked for again this long. */
const LOOK_AGAIN_MS = 30 * 60_000;

type Deps = { store: RemovalStore; files: Files; renditions: Files; log: Log; now: () => number };

/** Removes the bytes whose rows are gone. What cannot be removed now stays noted for the next time. */
export function createSweep({ store, files, renditions, log, now }: Deps) {
  async function removeAll(group: readonly RemovedFile[], kept: ReadonlyMap<string, string[]>) {
    const removed: RemovedFile[] = [];
    for (const file of group) {
      try {
        if (file.kind === 'picture') await files.remove(file.name);
        else for (const name of kept.get(file.name) ?? []) await renditions.remove(name);
        removed.push(file);
      } catch (error) {
        log.error('file could not be removed', { kind: file.kind, name: file.name, cause: String(error) });
      }
    }
    return removed;
  }

  /** `isStart`: nothing runs yet, so that what is removed now stays away. */
  return async ({ isStart }: { isStart: boolean }): Promise<void> => {
    let last: RemovedFile | undefined;
    let kept: Map<string, string[]> | undefined;
    for (;;) {
      const group = await store.listRemoved(last, AT_ONCE);
      if (group.length === 0) return;
      last = group.at(-1);
      // Asked for only when there is something: the folder may be large.
      kept ??= byPicture(await renditions.list(''));
      const removed = await removeAll(group, kept);
      const isOver = ({ removed_at: at }: RemovedFile) => isStart || at <= now() - LOOK_AGAIN_MS;
      await store.forgetRemoved(removed.filter(isOver));
    }
  };
}

/** The names of smaller copies, `<id>-<width>x<height>.<format>`, by the id of their picture. */
function byPicture(names: readonly string[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const name of names) {
    const [id = ''] = name.split('-');
    found.set(id, [...(found.get(id) ?? []), name]);
  }
  return found;
}
