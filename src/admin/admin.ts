import { readFileSync } from 'node:fs';
import { stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { Accounts } from '../accounts/accounts.ts';
import type { Files } from '../files/files.ts';
import type { Models } from '../provider/models/models.ts';
import type { Config } from '../platform/config.ts';
import type { Db } from '../platform/db/db.ts';
import { createAdminStore } from './store.ts';

export type Overview = {
  version: string;
  people: number;
  images: number;
  databaseBytes: number;
  imageBytes: number;
  /** Of the disk that DATA_DIR is on; null where the system does not tell. */
  freeBytes: number | null;
  modelServer: { kind: string; name: string };
};

type Deps = {
  db: Db;
  config: Pick<Config, 'root' | 'dataDir'>;
  accounts: Accounts;
  files: Pick<Files, 'totalBytes'>;
  models: Models;
};

/** What administrators see of the whole: figures, never what people wrote or made. */
export function createAdmin({ db, config, accounts, files, models }: Deps) {
  const store = createAdminStore(db);
  const version = versionOf(config.root);

  return {
    /** How large, how many, which version. Sizes in bytes. */
    async overview(): Promise<Overview> {
      const database = join(config.dataDir, 'salon.db');
      const [people, images, imageBytes, free, ...sizes] = await Promise.all([
        accounts.people.count(),
        store.countImages(),
        files.totalBytes(),
        statfs(config.dataDir).then(
          (disk) => disk.bavail * disk.bsize,
          () => null,
        ),
        ...[database, `${database}-wal`].map(sizeOf),
      ]);
      return {
        version,
        people,
        images,
        databaseBytes: sizes.reduce((sum, bytes) => sum + bytes, 0),
        imageBytes,
        freeBytes: free,
        modelServer: models.connection(),
      };
    },
  };
}

export type Admin = ReturnType<typeof createAdmin>;

function versionOf(root: string): string {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  return version;
}

/** The write-ahead log is not there while nothing was written. */
const sizeOf = (path: string) =>
  stat(path).then(
    ({ size }) => size,
    () => 0,
  );
