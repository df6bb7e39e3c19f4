import { existsSync } from 'node:fs';
import { afterEach, beforeEach, expect } from 'vitest';
import { restoreBackup } from '../../src/backup/restore.ts';
import { listFiles, makePlace, type Place } from './place.ts';

/** For each test: a place with a backup in it, and an empty one to bring it back into. */
export function setUpRestore() {
  const here = {} as { from: Place; to: Place; archive: string };
  beforeEach(async () => {
    const [from, to] = [await makePlace(), await makePlace()];
    await from.fill(3, 40_000);
    Object.assign(here, { from, to, archive: from.archive((await from.backUp()).name) });
  });
  afterEach(async () => {
    await here.from.remove();
    await here.to.remove();
  });
  return {
    here,
    restore: (path = here.archive, dryRun = false) => restoreBackup(path, here.to, dryRun),
    /** Nothing but the lock (and what the test put there itself) is in the empty place. */
    async expectUntouched(but = /salon\.lock$/) {
      const { to } = here;
      expect(Object.keys(await listFiles(to.dir, but))).toEqual([]);
      const begun = [to.at('data/.restoring'), to.at('images/.restoring')].map((path) => existsSync(path));
      expect(begun).toEqual([false, false]);
    },
  };
}
