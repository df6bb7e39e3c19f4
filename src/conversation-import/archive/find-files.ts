import type { NamedFile } from '../imported.ts';
import type { Archive } from './open-archive.ts';

const baseName = (path: string) => path.slice(path.lastIndexOf('/') + 1);
/** `file-AbC1` and `file_00000000abcd` are ids of files; what comes after them is their name or their ending. */
const FILE_ID = /^file[-_][A-Za-z0-9]+/;
/** `sediment://file_…` of today, `file-service://file-…` of before; what follows the id says a part of it. */
const POINTER = /^(?:sediment|file-service):\/\/([^#?]+)/;

/** The names that ChatGPT keeps beside its files: `<file id>.dat` → the name that the file had. */
export type AssetNames = ReadonlyMap<string, string>;

/** Finds files of an archive by what messages call them, and remembers which ones were asked for. */
export function createFileFinder(archive: Pick<Archive, 'entries'>, assetNames: AssetNames = new Map()) {
  const byBaseName = new Map<string, string>();
  const byFileId = new Map<string, string>();
  for (const name of archive.entries.keys()) {
    const base = baseName(name);
    byBaseName.set(base, name);
    const [id] = FILE_ID.exec(base) ?? [];
    if (id !== undefined) byFileId.set(id, name);
  }
  const named = new Set<string>();

  function entryOf(id: string): string | undefined {
    const realName = assetNames.get(`${id}.dat`) ?? assetNames.get(id);
    const candidates = [
      byBaseName.get(`${id}.dat`),
      byFileId.get(FILE_ID.exec(id)?.[0] ?? id),
      realName !== undefined && archive.entries.has(realName) ? realName : undefined,
      realName === undefined ? undefined : byBaseName.get(baseName(realName)),
      byBaseName.get(id),
    ];
    return candidates.find((found) => found !== undefined);
  }

  return {
    /** By a pointer such as `sediment://file_1`, or an id. `name` is what it is called where the archive says nothing. */
    byPointer(pointer: string, name?: string): NamedFile {
      const id = POINTER.exec(pointer)?.[1] ?? pointer;
      const entry = entryOf(id) ?? null;
      if (entry !== null) named.add(entry);
      const realName = assetNames.get(`${id}.dat`);
      return { entry, name: name ?? baseName(realName ?? entry ?? id) };
    },
    /** By its path in the archive. */
    byPath(path: string): NamedFile {
      const entry = archive.entries.has(path) ? path : null;
      if (entry !== null) named.add(entry);
      return { entry, name: baseName(path) };
    },
    /** The entry of a file, without asking for it. */
    entryOf,
    /** Whether something has asked for this entry. */
    isNamed: (entry: string) => named.has(entry),
  };
}

export type FileFinder = ReturnType<typeof createFileFinder>;
