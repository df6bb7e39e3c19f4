import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { crc32, deflateRawSync } from 'node:zlib';
import Sqlite from 'better-sqlite3';
import { openPromise } from 'yauzl';
import { makeBackup } from '../../src/backup/make.ts';
import { createSealer } from '../../src/backup/seal.ts';
import { addSearchFunctions } from '../../src/platform/db/search-functions.ts';
import { migrate } from '../../src/platform/db/migrate.ts';
import { openSqlite } from '../../src/platform/db/sqlite.ts';
import { silentLog } from '../../src/platform/log.ts';

export type Place = Awaited<ReturnType<typeof makePlace>>;

/** Empty folders as a Salon would use them; `fill` puts a migrated database with an account and images into them. */
export async function makePlace() {
  const dir = await mkdtemp(join(tmpdir(), 'salon-backup-'));
  const target = { dataDir: join(dir, 'data'), imagesDir: join(dir, 'images') };
  const at = (...parts: string[]) => join(dir, ...parts);
  return {
    dir,
    ...target,
    at,
    async fill(images = 3, bytes = 5000) {
      const db = openSqlite(at('data', 'salon.db'));
      await migrate(db, silentLog);
      await writeFile(at('data', 'session-secret'), 'x'.repeat(64), { mode: 0o600 });
      db.raw.exec(`insert into users (id, username, username_key, password_hash, role, created_at, updated_at)
        values ('u1', 'Ana', 'ana', 'hash', 'admin', 1, 1)`);
      for (let i = 0; i < images; i++) {
        const path = `2026/11/image-${i}.png`;
        const content = Buffer.alloc(bytes, i + 1);
        await mkdir(dirname(at('images', path)), { recursive: true });
        await writeFile(at('images', path), content);
        db.raw
          .prepare(
            `insert into files (id, owner_id, kind, place, bytes, sha256, state, created_at)
             values (?, 'u1', 'image', ?, ?, ?, 'ready', 1)`,
          )
          .run(`f${i}`, path, bytes, sha256(content));
        db.raw
          .prepare(
            `insert into images (id, owner_id, status, filename, file_id, prompt, first_prompt, format, created_at)
             values (?, 'u1', 'ready', ?, ?, 'p', 'p', 'png', 1)`,
          )
          .run(`i${i}`, `image-${i}.png`, `f${i}`);
      }
      await db.close();
    },
    backUp: (kind: 'manual' | 'scheduled' = 'manual', now: () => number = Date.now) =>
      makeBackup({ ...target, salon: '1.2.3', kind, now }),
    archives: async () =>
      (await readdir(at('data', 'backups')).catch(() => [])).filter((name) => name !== 'salon.lock').sort(),
    archive: (name: string) => at('data', 'backups', name),
    query<Row = Record<string, unknown>>(sql: string): Row[] {
      const db = new Sqlite(at('data', 'salon.db'), { timeout: 5000 });
      addSearchFunctions(db);
      try {
        const statement = db.prepare(sql);
        if (statement.reader) return statement.all() as Row[];
        statement.run();
        return [];
      } finally {
        db.close();
      }
    },
    remove: () => rm(dir, { recursive: true, force: true }),
  };
}

export const sha256 = (bytes: Buffer | string) => createHash('sha256').update(bytes).digest('hex');

/** Each file below a folder with its checksum, but those whose path matches `except`. */
export async function listFiles(folder: string, except = /^$/): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const name = path.slice(folder.length + 1);
    if (!except.test(name)) found[name] = sha256(await readFile(path));
  }
  return found;
}

/** Every row of every table of a database file, as text to compare. */
export function dump(path: string): Record<string, string[]> {
  const db = new Sqlite(path, { readonly: true });
  try {
    const tables = db
      .prepare(
        "select name from sqlite_schema where type = 'table' and name not like 'sqlite_%' order by name",
      )
      .pluck()
      .all() as string[];
    return Object.fromEntries(
      tables.map((name) => [
        name,
        db
          .prepare(`select * from "${name}"`)
          .all()
          .map((row) => JSON.stringify(row))
          .sort(),
      ]),
    );
  } finally {
    db.close();
  }
}

type Forged = { name: string; content: Buffer | string; mode?: number; deflated?: boolean };

/**
 * A ZIP file with the seal of a backup but with any names, kinds and content, as somebody might send it: written by hand,
 * since a ZIP library would mend the names.
 */
export async function forge(target: string, entries: readonly Forged[]): Promise<void> {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, content, mode = 0o100600, deflated = false } of entries) {
    const plain = Buffer.from(content);
    const packed = deflated ? deflateRawSync(plain) : plain;
    const raw = Buffer.from(name);
    // Both headers share this part: needs 2.0, names are UTF-8, method, no time, checksum, sizes, length of the name.
    const shared = Buffer.alloc(26);
    shared.writeUInt16LE(20, 0);
    shared.writeUInt16LE(0x0800, 2);
    shared.writeUInt16LE(deflated ? 8 : 0, 4);
    shared.writeUInt32LE(crc32(plain), 10);
    shared.writeUInt32LE(packed.length, 14);
    shared.writeUInt32LE(plain.length, 18);
    shared.writeUInt16LE(raw.length, 22);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE((mode << 16) >>> 0, 6);
    rest.writeUInt32LE(offset, 10);
    const head = Buffer.concat([Buffer.from('PK\x03\x04'), shared, raw]);
    // 3 is Unix: the upper half of the attributes is a mode.
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02'), Buffer.from([20, 3]), shared, rest, raw]));
    parts.push(head, packed);
    offset += head.length + packed.length;
  }
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(Buffer.concat(directory).length, 12);
  end.writeUInt32LE(offset, 16);
  const zip = Buffer.concat([...parts, ...directory, end]);
  await pipeline(Readable.from([zip]), createSealer(), createWriteStream(target));
}

/** The entries of an archive, read with the ZIP library alone. */
export async function readZip(path: string): Promise<Map<string, Buffer>> {
  const zip = await openPromise(path, { lazyEntries: true, autoClose: false });
  const found = new Map<string, Buffer>();
  for await (const entry of zip.eachEntry())
    found.set(entry.fileName, await buffer(await zip.openReadStreamPromise(entry)));
  zip.close();
  return found;
}
