import type { Db } from '../platform/db/db.ts';

/** So many models can be marked; a list that is longer helps nobody. */
const MAX_FAVOURITES = 100;
const MAX_RECENT = 5;
/** Among so many of the newest conversations the models used last are looked for. */
const RECENT_CONVERSATIONS = 30;

export const statements = {
  listFavourites: 'select model from favourite_models where user_id = ? order by created_at, model limit ?',
  addFavourite: `insert into favourite_models (user_id, model, created_at)
    select ?, ?, ? where (select count(*) from favourite_models where user_id = ?) < ?
    on conflict (user_id, model) do nothing`,
  removeFavourite: 'delete from favourite_models where user_id = ? and model = ?',
  listRecent: `select model from (
      select model, updated_at from conversations where owner_id = ? and deleted_at is null and archived = 0 and kind = 'normal'
      order by updated_at desc, id desc limit ?
    ) where model is not null group by model order by max(updated_at) desc, model limit ?`,
} as const;

type Row = { model: string };

/** Which models a person has marked, and which ones their newest conversations use. */
export function createPickerStore(db: Db) {
  return {
    listFavourites: async (userId: string) =>
      (await db.all<Row>(statements.listFavourites, [userId, MAX_FAVOURITES])).map(({ model }) => model),
    addFavourite: (userId: string, model: string, now: number) =>
      db.run(statements.addFavourite, [userId, model, now, userId, MAX_FAVOURITES]),
    removeFavourite: (userId: string, model: string) => db.run(statements.removeFavourite, [userId, model]),
    listRecent: async (userId: string) =>
      (await db.all<Row>(statements.listRecent, [userId, RECENT_CONVERSATIONS, MAX_RECENT])).map(
        ({ model }) => model,
      ),
  };
}
