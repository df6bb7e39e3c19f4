import { ConfigError, type Config } from '../../platform/config.ts';
import { silentLog } from '../../platform/log.ts';
import { libraryVersions } from '../../platform/image-codec.ts';
import { engineVersion } from '../../platform/db/reader.ts';
import { createProvider } from '../../provider/provider.ts';
import { sentenceOf } from '../folder.ts';
import { checkDatabase, checkEngine } from './database.ts';
import { checkIrregular, checkImages, checkRemains } from './files.ts';
import { about, type Finding } from './finding.ts';
import { checkBackups, checkDisks, checkPermissions, checkSecret } from './places.ts';

const ASK_LIMIT_MS = 10_000;

/** Looks at everything that can be wrong with an installation, and changes nothing. `open` reads the settings. */
export async function examine(open: () => Config, now: number): Promise<Finding[]> {
  const libraries = await checked('libraries', checkLibraries);
  let config: Config;
  try {
    config = open();
  } catch (error) {
    const lines = error instanceof ConfigError ? error.lines : [sentenceOf(error)];
    return [...libraries, ...lines.map((line) => about('settings').fail(line))];
  }
  const { dataDir, imagesDir, logDir } = config;
  const folders = { DATA_DIR: dataDir, IMAGES_DIR: imagesDir, LOG_DIR: logDir };
  const parts = [
    checked('settings', () => [about('settings').ok('every setting can be read')]),
    checked('engine', checkEngine),
    checked('database', () => checkDatabase(dataDir)),
    checked('images', () => checkImages(dataDir, imagesDir, now)),
    checked('regular files', () => checkIrregular(dataDir, imagesDir)),
    checked('remains', () => checkRemains(dataDir, imagesDir, now)),
    checked('session secret', () => checkSecret(config)),
    checked('permissions', () => checkPermissions(dataDir, imagesDir)),
    checked('disk', () => checkDisks(folders)),
    checked('backups', () => checkBackups(dataDir, now)),
    checked('model server', () => checkModelServer(config)),
  ];
  return [...libraries, ...(await Promise.all(parts)).flat()];
}

/** A check that cannot be made is a finding too. */
async function checked(subject: string, check: () => Finding[] | Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await check();
  } catch (error) {
    return [about(subject).fail(`cannot be checked: ${sentenceOf(error)}`)];
  }
}

async function checkLibraries(): Promise<Finding[]> {
  const { ok } = about('libraries');
  const { vips, sharp } = await libraryVersions();
  const [node, sqlite] = [process.version.slice(1), engineVersion()];
  return [ok(`node ${node}, SQLite ${sqlite}, libvips ${vips} (sharp ${sharp})`)];
}

async function checkModelServer(config: Config): Promise<Finding[]> {
  const { ok, warn } = about('model server');
  const provider = createProvider({ config: config.provider, mode: config.mode, log: silentLog });
  const limit = new Promise<undefined>((resolve) => setTimeout(resolve, ASK_LIMIT_MS, undefined).unref());
  try {
    const list = await Promise.race([provider.refreshModels(), limit]);
    const { kind, name } = provider.connection();
    if (kind === 'demo') return [warn('none: the built-in demo model answers')];
    if (!list || list.models.length === 0) return [warn(`${name} did not tell its models: is it running?`)];
    return [ok(`${name} offers ${list.models.length} models`)];
  } finally {
    provider.close();
  }
}
