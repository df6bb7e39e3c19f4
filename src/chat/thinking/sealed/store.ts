import type { Db, Statement } from '../../../platform/db/db.ts';
import type { OpaqueItems } from '../../../provider/provider.ts';

export const statements = {
  keep: `insert into model_items (message_id, provider_id, model, items) select id, ?, ?, ? from messages where id = ?
    on conflict (message_id) do update set provider_id = excluded.provider_id, model = excluded.model,
      items = excluded.items`,
  forget: `delete from model_items where message_id = ? and exists (
      select 1 from messages m where m.id = model_items.message_id and m.status in ('queued', 'running'))`,
  find: `select i.provider_id, i.model, i.items from model_items i join messages m on m.id = i.message_id
    where i.message_id = ? and m.owner_id = ?`,
} as const;

/** In characters of JSON; a model that seals more gets nothing back. */
const MAX_ITEMS = 1_000_000;

/** What is kept when a reply ends. */
export function keepItems(id: string, given: OpaqueItems | undefined): Statement[] {
  const json = given && given.items.length > 0 ? JSON.stringify(given.items) : '';
  if (!given || given.providerId === null || json === '' || json.length > MAX_ITEMS) return [];
  return [{ sql: statements.keep, params: [given.providerId, given.model, json, id] }];
}

/** A reply that is written on has another text than the one that they belong to. */
export const forgetItems = (id: string): Statement => ({ sql: statements.forget, params: [id] });

/** Those of a message of one's own. */
export async function findItems(db: Db, id: string, ownerId: string): Promise<OpaqueItems | undefined> {
  type Row = { provider_id: string; model: string; items: string };
  const row = await db.get<Row>(statements.find, [id, ownerId]);
  return row && { providerId: row.provider_id, model: row.model, items: JSON.parse(row.items) as unknown[] };
}
