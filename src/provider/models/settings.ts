import { AppError } from '../../lib/errors.ts';
import type { Db } from '../../platform/db/db.ts';
import type { Identify, ServerIdentity } from '../servers/servers.ts';
import type { ChosenDefaults } from './defaults.ts';
import { createModelSettingStore, type ChoosableKind, type ModelSettingChange } from './store.ts';

/** How a model stands in the lists to choose from. */
export type ModelSetting = {
  /** Shown instead of the name; null: as the server has it. */
  label: string | null;
  isHidden: boolean;
  /** Smaller ones come first; null: after those, by name. */
  position: number | null;
};
export type ModelSettings = Awaited<ReturnType<typeof openModelSettings>>;

const untouched: ModelSetting = { label: null, isHidden: false, position: null };
type ServerSettings = { models: Map<string, ModelSetting>; defaults: ChosenDefaults };
type Deps = { db: Db; identify: Identify; now: () => number };

/** What administrators have set for the models of each server; in memory too, since each page asks. */
export async function openModelSettings({ db, identify, now }: Deps) {
  const store = createModelSettingStore(db);
  let servers = await read();
  let revision = 0;

  async function read(): Promise<Map<string, ServerSettings>> {
    const found = new Map<string, ServerSettings>();
    const settingsOf = (baseUrl: string | null): ServerSettings => {
      const known = found.get(baseUrl ?? '') ?? { models: new Map<string, ModelSetting>(), defaults: {} };
      found.set(baseUrl ?? '', known);
      return known;
    };
    const [rows, defaults] = await Promise.all([store.list(), store.listDefaults()]);
    for (const { base_url: baseUrl, model, label, is_hidden: isHidden, position } of rows)
      settingsOf(baseUrl).models.set(model, { label, isHidden: isHidden === 1, position });
    for (const { base_url: baseUrl, kind, model } of defaults) settingsOf(baseUrl).defaults[kind] = model;
    return found;
  }

  async function write(
    server: ServerIdentity,
    work: (providerId: string) => Promise<unknown>,
  ): Promise<void> {
    const providerId = await identify(server);
    if (providerId === null) throw new AppError('unavailable');
    await work(providerId);
    servers = await read();
    revision += 1;
  }

  return {
    /** Another number after each change. */
    revision: () => revision,
    /** Of a model of the server with this base URL; of the demo model without one. */
    of: (baseUrl: string | undefined, model: string): ModelSetting =>
      servers.get(baseUrl ?? '')?.models.get(model) ?? untouched,
    defaults: (baseUrl: string | undefined): ChosenDefaults => servers.get(baseUrl ?? '')?.defaults ?? {},

    /** @throws AppError `unavailable` when the server could not be noted */
    change: (server: ServerIdentity, model: string, change: ModelSettingChange) =>
      write(server, (providerId) => store.change({ providerId, model }, change, now())),
    /** Null: chosen automatically again. @throws AppError `unavailable` when the server could not be noted */
    chooseDefault: (server: ServerIdentity, kind: ChoosableKind, model: string | null) =>
      write(server, (providerId) =>
        model === null
          ? store.removeDefault(providerId, kind)
          : store.setDefault({ providerId, model }, kind, now()),
      ),
  };
}
