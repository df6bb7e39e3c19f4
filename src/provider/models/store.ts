import { columnUpdates, flagValue } from '../../platform/db/column-updates.ts';
import type { Db } from '../../platform/db/db.ts';

const ofModel = 'provider_id = ? and model = ?';

export const statements = {
  list: `select p.base_url, s.model, s.label, s.is_hidden, s.position
    from model_settings s join providers p on p.id = s.provider_id`,
  listDefaults:
    'select p.base_url, d.kind, d.model from model_defaults d join providers p on p.id = d.provider_id',
  note: `insert into model_settings (provider_id, model, changed_at) values (?, ?, ?)
    on conflict (provider_id, model) do update set changed_at = excluded.changed_at`,
  setLabel: `update model_settings set label = ? where ${ofModel}`,
  setHidden: `update model_settings set is_hidden = ? where ${ofModel}`,
  setPosition: `update model_settings set position = ? where ${ofModel}`,
  setDefault: `insert into model_defaults (provider_id, kind, model, changed_at) values (?, ?, ?, ?)
    on conflict (provider_id, kind) do update set model = excluded.model, changed_at = excluded.changed_at`,
  removeDefault: 'delete from model_defaults where provider_id = ? and kind = ?',
} as const;

export type ChoosableKind = 'chat' | 'image';
/** What can be changed of a model; what is undefined stays as it is, null: as the server has it. */
export type ModelSettingChange = {
  label?: string | null | undefined;
  isHidden?: boolean | undefined;
  position?: number | null | undefined;
};
type ModelKey = { providerId: string; model: string };
type SettingRow = {
  base_url: string | null;
  model: string;
  label: string | null;
  is_hidden: number;
  position: number | null;
};
type DefaultRow = { base_url: string | null; kind: ChoosableKind; model: string };

/** How administrators arrange the models of each server. */
export function createModelSettingStore(db: Db) {
  return {
    list: () => db.all<SettingRow>(statements.list),
    listDefaults: () => db.all<DefaultRow>(statements.listDefaults),
    change: ({ providerId, model }: ModelKey, change: ModelSettingChange, now: number) =>
      db.batch([
        { sql: statements.note, params: [providerId, model, now] },
        ...columnUpdates(
          [
            [statements.setLabel, change.label],
            [statements.setHidden, flagValue(change.isHidden)],
            [statements.setPosition, change.position],
          ],
          [providerId, model],
        ),
      ]),
    setDefault: ({ providerId, model }: ModelKey, kind: ChoosableKind, now: number) =>
      db.run(statements.setDefault, [providerId, kind, model, now]),
    removeDefault: (providerId: string, kind: ChoosableKind) =>
      db.run(statements.removeDefault, [providerId, kind]),
  };
}
