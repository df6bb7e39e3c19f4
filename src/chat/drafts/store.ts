import type { Db, Statement } from '../../platform/db/db.ts';

export type DraftRow = {
  id: string;
  conversation_id: string | null;
  content: string;
  attachments: string;
  updated_at: number;
};
export type DraftListRow = DraftRow & { title: string | null };
export type Point = { updatedAt: number; id: string };
/** null: the draft of a new conversation. */
export type Place = string | null;
export type NewDraft = {
  id: string;
  ownerId: string;
  place: Place;
  content: string;
  /** Ids, as a list in JSON. */
  attachments: string;
  clientId: string | null;
  /** The version that may be replaced; null: any. */
  version: number | null;
  now: number;
  most: number;
};
/** The message that a draft became: it is removed only if this is stored. */
export type SentDraft = {
  ownerId: string;
  place: Place;
  questionId: string;
  content: string;
  clientId: string | undefined;
  version: number | undefined;
};

const draft = 'd.id, d.conversation_id, d.content, d.attachments, d.updated_at';
const inPlace = 'd.owner_id = ? and d.conversation_id = ?';
const atStart = 'd.owner_id = ? and d.conversation_id is null';
/** Versions count up, also when two devices save within one millisecond. */
const replace = `do update set content = excluded.content, attachments = excluded.attachments, client_id = excluded.client_id,
    updated_at = max(excluded.updated_at, drafts.updated_at + 1)
  where ? is null or drafts.updated_at = ?`;
const hasRoom = (own: string) =>
  `((select count(*) from drafts d where d.owner_id = o.owner_id) < ? or exists (select 1 from drafts d where ${own}))`;
const isSent = `(d.client_id = ? or d.updated_at = ? or (d.content = ? and d.content <> '')) and exists (select 1 from messages m where m.id = ?)`;
// Drafts of what lies in the trash come back with it; those of temporary conversations are listed nowhere.
const isListed = `d.owner_id = ? and (d.conversation_id is null or (c.deleted_at is null and c.kind = 'normal'))`;

export const statements = {
  find: `select ${draft} from drafts d where ${inPlace}`,
  findStart: `select ${draft} from drafts d where ${atStart}`,
  // A save that comes after its message was sent must not bring the text back.
  save: `insert into drafts (id, owner_id, conversation_id, content, attachments, client_id, updated_at)
    select ?, o.owner_id, o.id, ?, ?, ?, ? from conversations o
    where o.id = ? and o.owner_id = ? and o.deleted_at is null
      and not exists (select 1 from messages m where m.conversation_id = o.id and m.client_id = ?)
      and ${hasRoom('d.owner_id = o.owner_id and d.conversation_id = o.id')}
    on conflict (owner_id, conversation_id) where conversation_id is not null ${replace}`,
  saveStart: `insert into drafts (id, owner_id, conversation_id, content, attachments, client_id, updated_at)
    select ?, o.owner_id, null, ?, ?, ?, ? from (select ? as owner_id) o
    where not exists (select 1 from conversations c where c.owner_id = o.owner_id and c.client_id = ?)
      and ${hasRoom('d.owner_id = o.owner_id and d.conversation_id is null')}
    on conflict (owner_id) where conversation_id is null ${replace}`,
  empty: `delete from drafts as d where ${inPlace} and (? is null or d.updated_at = ?)`,
  emptyStart: `delete from drafts as d where ${atStart} and (? is null or d.updated_at = ?)`,
  removeSent: `delete from drafts as d where ${inPlace} and ${isSent}`,
  removeSentStart: `delete from drafts as d where ${atStart} and ${isSent}`,
  remove: 'delete from drafts where id = ? and owner_id = ?',
  isSent: 'select 1 from messages where conversation_id = ? and client_id = ?',
  isSentStart: 'select 1 from conversations where owner_id = ? and client_id = ?',
  count: `select count(*) as count from drafts d left join conversations c on c.id = d.conversation_id where ${isListed}`,
  list: `select ${draft}, c.title from drafts d left join conversations c on c.id = d.conversation_id
    where ${isListed} and (d.updated_at, d.id) < (?, ?) order by d.updated_at desc, d.id desc limit ?`,
} as const;

/** Removes the draft that was sent; to be run in the batch that stores its message, after that. */
export function sentDraftStatement(sent: SentDraft): Statement {
  const proof = [sent.clientId ?? null, sent.version ?? null, sent.content, sent.questionId];
  return sent.place === null
    ? { sql: statements.removeSentStart, params: [sent.ownerId, ...proof] }
    : { sql: statements.removeSent, params: [sent.ownerId, sent.place, ...proof] };
}

/** Drafts as rows. What is saved is deferred: a power cut may take the last second of typing, and no typing waits. */
export function createDraftStore(db: Db) {
  const change = async (sql: string, params: Statement['params']) =>
    (await db.batch([{ sql, params }], 'deferred'))[0] ?? 0;

  return {
    find: (ownerId: string, place: Place) =>
      place === null
        ? db.get<DraftRow>(statements.findStart, [ownerId])
        : db.get<DraftRow>(statements.find, [ownerId, place]),
    /** @returns 0 when the conversation is not there, the version is another, the message is sent or there is no room */
    save(input: NewDraft) {
      const { ownerId, place, clientId, version, most } = input;
      const content = [input.id, input.content, input.attachments, clientId, input.now];
      const conditions = [clientId, most, version, version];
      return place === null
        ? change(statements.saveStart, [...content, ownerId, ...conditions])
        : change(statements.save, [...content, place, ownerId, ...conditions]);
    },
    empty: (ownerId: string, place: Place, version: number | null) =>
      place === null
        ? change(statements.emptyStart, [ownerId, version, version])
        : change(statements.empty, [ownerId, place, version, version]),
    isSent: async (ownerId: string, place: Place, clientId: string) =>
      (place === null
        ? await db.get(statements.isSentStart, [ownerId, clientId])
        : await db.get(statements.isSent, [place, clientId])) !== undefined,
    remove: (id: string, ownerId: string) => db.run(statements.remove, [id, ownerId]),
    count: async (ownerId: string) =>
      (await db.get<{ count: number }>(statements.count, [ownerId]))?.count ?? 0,
    /** Newest first, from just before a point. */
    list: (ownerId: string, before: Point, limit: number) =>
      db.all<DraftListRow>(statements.list, [ownerId, before.updatedAt, before.id, limit]),
  };
}

export type DraftStore = ReturnType<typeof createDraftStore>;
