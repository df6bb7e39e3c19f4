import { buffer } from 'node:stream/consumers';
import { isObject } from '../formats/json-values.ts';
import type { AssetNames } from './find-files.ts';
import type { Archive } from './open-archive.ts';

/** Lists of names are small beside the conversations; a larger one is not what it says. */
const MAX_LIST_BYTES = 64 * 1024 * 1024;

const inAnyFolder = (pattern: string) => new RegExp(`(?:^|/)${pattern}$`);
const conversationFile = inAnyFolder('conversations(?:-\\d+)?\\.json');
const projectFile = inAnyFolder('projects(?:-\\d+)?(?:/[^/]+)?\\.json');
const libraryFile = inAnyFolder('library_files(?:-\\d+)?\\.json');
const ownImageFile = /^images\.json$/;
const assetNameFile = inAnyFolder('conversation_asset_file_names\\.json');
/** What only says what else is in the archive. */
const manifestFile = inAnyFolder('(?:export_manifest|manifest-[^/]*)\\.json');

export const isConversationFile = (name: string) => conversationFile.test(name);
export const isProjectFile = (name: string) => projectFile.test(name);
export const isLibraryFile = (name: string) => libraryFile.test(name);
export const isOwnImageFile = (name: string) => ownImageFile.test(name);

/** Files that are read, or that say nothing to a person. */
export const isReadFile = (name: string) =>
  [conversationFile, projectFile, libraryFile, ownImageFile, assetNameFile, manifestFile].some((one) =>
    one.test(name),
  );

/** What ChatGPT's files are called, where the archive has the list; empty when it cannot be read. */
export async function readAssetNames({ entries }: Pick<Archive, 'entries'>): Promise<AssetNames> {
  const names = new Map<string, string>();
  for (const entry of entries.values()) {
    if (!assetNameFile.test(entry.name) || entry.bytes > MAX_LIST_BYTES) continue;
    const list = await buffer(await entry.open())
      .then((bytes) => JSON.parse(bytes.toString('utf8')) as unknown)
      .catch(() => undefined);
    if (isObject(list))
      for (const [id, name] of Object.entries(list)) if (typeof name === 'string') names.set(id, name);
  }
  return names;
}
