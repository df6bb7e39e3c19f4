import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Where a restore unpacks to before anything of it counts; beside its place, so that a rename is enough. */
export const UNPACKED = '.restoring';

/** True while a restore runs, and after one that was killed: its database is not in place. */
export const isHalfRestored = (dataDir: string) =>
  existsSync(join(dataDir, UNPACKED)) && !existsSync(join(dataDir, 'salon.db'));

/** Else an empty Salon would take the place of the one that was to come back. @throws Error with one sentence */
export function requireRestored(dataDir: string): void {
  if (isHalfRestored(dataDir))
    throw new Error(
      `a restore into ${dataDir} has not ended: call it again; or, to begin with nothing, remove ${join(dataDir, UNPACKED)}`,
    );
}
