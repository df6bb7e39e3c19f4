import type { Db, Statement } from '../platform/db/db.ts';
import { cleanDetails, cleanText, type Entry, type NewEntry, type Outcome } from './entry.ts';

export type EntryRow = {
  id: string;
  at: number;
  last_at: number;
  count: number;
  actor_id: string | null;
  actor_name: string | null;
  action: string;
  object_kind: string | null;
  object_id: string | null;
  object_name: string | null;
  outcome: Outcome;
  ip: string | null;
  auth_method: string;
  request_id: string | null;
  details: string;
};

const columns = [
  'id, at, last_at, count, actor_id, actor_name, action, object_kind, object_id, object_name',
  'outcome, ip, auth_method, request_id, details',
].join(', ');
/** What is left to look at once an index gave the rows; a null lets everything pass. */
const filter = `(at, id) < (?, ?) and at >= ? and (? is null or outcome = ?)`;

export const statements = {
  insert: `insert into audit_entries (${columns}, slot) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    on conflict (slot) do update set count = audit_entries.count + excluded.count, last_at = excluded.last_at`,
  closeSlot: 'update audit_entries set slot = null where slot = ? and at <= ?',
  listNewest: `select ${columns} from audit_entries where ${filter} order by at desc, id desc limit ?`,
  listByAction: `select ${columns} from audit_entries where action = ? and ${filter} order by at desc, id desc limit ?`,
  listByPerson: `select * from (
      select ${columns} from audit_entries where actor_id = ? and (? is null or action = ?) and ${filter}
      union select ${columns} from audit_entries where object_id = ? and (? is null or action = ?) and ${filter})
    order by at desc, id desc limit ?`,
  // One look into the index for each action, however many lines there are.
  listActions: `with recursive found (action) as (
      select min(action) from audit_entries
      union all select (select min(e.action) from audit_entries e where e.action > found.action) from found
        where found.action is not null)
    select action from found where action is not null`,
  // What a person called an own key may be personal too.
  forgetOwn: `update audit_entries set object_name = null where actor_id = ? and object_kind = 'key'`,
  forgetActor: 'update audit_entries set actor_name = ? where actor_id = ?',
  forgetObject: `update audit_entries set object_name = ? where object_id = ? and object_name is not null`,
  // A line may be written later than what it tells, and its person be deleted in between.
  forgetGoneActor: `update audit_entries set actor_name = ?,
      object_name = case object_kind when 'key' then null else object_name end
    where id = ? and not exists (select 1 from users where users.id = actor_id)`,
  forgetGonePerson: `update audit_entries set object_name = ?
    where id = ? and not exists (select 1 from users where users.id = object_id)`,
  purge:
    'delete from audit_entries where id in (select id from audit_entries where at < ? order by at, id limit ?)',
} as const;

export type Filter = {
  personId?: string | undefined;
  action?: string | undefined;
  outcome?: Outcome | undefined;
  /** First instant, in milliseconds. */
  from?: number | undefined;
  /** First instant after, in milliseconds. */
  until?: number | undefined;
};
export type Point = { at: number; id: string };

/** The audit log as rows. `nameOfGone` stands in the place of the name of a deleted person. */
export function createAuditStore(db: Db, nameOfGone: string) {
  const insertion = (
    id: string,
    entry: NewEntry,
    at: number,
    count: number,
    slot: string | null,
  ): Statement => {
    const { actor, action, object, outcome, ip, authMethod, requestId, details } = entry;
    const name = object?.name === undefined ? null : cleanText(object.name);
    return {
      sql: statements.insert,
      params: [
        ...[
          id,
          at,
          at,
          count,
          actor?.id ?? null,
          actor ? cleanText(actor.username) : null,
          cleanText(action),
        ],
        ...(object ? [cleanText(object.kind), cleanText(object.id), name] : [null, null, null]),
        ...[outcome, ip === undefined ? null : cleanText(ip, 60), authMethod, requestId ?? null],
        ...[JSON.stringify(cleanDetails(details)), slot],
      ],
    };
  };

  /** To follow an insertion in its batch. */
  const forgettingGone = (id: string, { actor, object }: NewEntry): Statement[] => [
    ...(actor ? [{ sql: statements.forgetGoneActor, params: [nameOfGone, id] }] : []),
    ...(object?.kind === 'person' && object.name !== undefined
      ? [{ sql: statements.forgetGonePerson, params: [nameOfGone, id] }]
      : []),
  ];

  return {
    insert: (id: string, entry: NewEntry, at: number) =>
      db.batch([insertion(id, entry, at, 1, null), ...forgettingGone(id, entry)]),
    /** A line of its own, or `count` more on the line that is open for the same thing since `openSince`. */
    summarise: (
      repeats: { id: string; entry: NewEntry; count: number; slot: string }[],
      at: number,
      openSince: number,
    ) =>
      db.batch(
        repeats.flatMap(({ id, entry, count, slot }) => [
          { sql: statements.closeSlot, params: [slot, openSince] },
          insertion(id, entry, at, count, slot),
          ...forgettingGone(id, entry),
        ]),
      ),
    /** Newest first, those before `before`. */
    async list(
      { personId, action, outcome, from, until }: Filter,
      before: Point,
      limit: number,
    ): Promise<Entry[]> {
      const least = until === undefined || until > before.at ? before : { at: until, id: '' };
      const rest = [least.at, least.id, from ?? 0, outcome ?? null, outcome ?? null];
      const actionIs = [action ?? null, action ?? null];
      const rows = personId
        ? await db.all<EntryRow>(statements.listByPerson, [
            ...[personId, ...actionIs, ...rest],
            ...[personId, ...actionIs, ...rest, limit],
          ])
        : action
          ? await db.all<EntryRow>(statements.listByAction, [action, ...rest, limit])
          : await db.all<EntryRow>(statements.listNewest, [...rest, limit]);
      return rows.map(toEntry);
    },
    actions: async () =>
      (await db.all<{ action: string }>(statements.listActions)).map(({ action }) => action),
    forgetting: (personId: string): Statement[] => [
      { sql: statements.forgetOwn, params: [personId] },
      { sql: statements.forgetActor, params: [nameOfGone, personId] },
      { sql: statements.forgetObject, params: [nameOfGone, personId] },
    ],
    purge: (before: number, limit: number) => db.run(statements.purge, [before, limit]),
  };
}

export type AuditStore = ReturnType<typeof createAuditStore>;

function toEntry(row: EntryRow): Entry {
  const { actor_id: actorId, object_kind: kind, object_id: objectId } = row;
  return {
    id: row.id,
    at: row.at,
    lastAt: row.last_at,
    count: row.count,
    actor: actorId === null ? null : { id: actorId, username: row.actor_name ?? '' },
    action: row.action,
    object: kind === null || objectId === null ? null : { kind, id: objectId, name: row.object_name },
    outcome: row.outcome,
    ip: row.ip,
    authMethod: row.auth_method,
    requestId: row.request_id,
    details: JSON.parse(row.details) as Entry['details'],
  };
}
