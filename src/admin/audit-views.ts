import type { Entry } from '../audit/audit.ts';
import { csvLine } from '../lib/csv.ts';
import { iso } from '../lib/time.ts';

const columns = [
  ...[
    'at',
    'last_at',
    'count',
    'actor_id',
    'actor',
    'action',
    'object_kind',
    'object_id',
    'object',
    'outcome',
  ],
  ...['ip', 'auth_method', 'request_id', 'details'],
];

/** The entries as a table with a head, piece by piece. */
export async function* csvOf(groups: AsyncIterable<Entry[]>): AsyncGenerator<string> {
  yield csvLine(columns);
  for await (const entries of groups) yield entries.map((entry) => csvLine(cellsOf(entry))).join('');
}

/** The entries as one JSON list, piece by piece. */
export async function* jsonOf(groups: AsyncIterable<Entry[]>): AsyncGenerator<string> {
  let before = '[\n';
  for await (const entries of groups) {
    yield before + entries.map((entry) => JSON.stringify(entryJson(entry))).join(',\n');
    before = ',\n';
  }
  yield before === '[\n' ? '[]\n' : '\n]\n';
}

function cellsOf(entry: Entry): (string | number | null)[] {
  const { at, lastAt, count, actor, action, object, outcome, ip, authMethod, requestId, details } = entry;
  return [
    ...[iso(at), iso(lastAt), count, actor?.id ?? null, actor?.username ?? null, action],
    ...[object?.kind ?? null, object?.id ?? null, object?.name ?? null, outcome, ip, authMethod, requestId],
    JSON.stringify(details),
  ];
}

/** An entry for clients. */
export const entryJson = ({ id, at, lastAt, authMethod, requestId, ...rest }: Entry) => ({
  id,
  at: iso(at),
  last_at: iso(lastAt),
  ...rest,
  auth_method: authMethod,
  request_id: requestId,
});

/** A line as the page shows it: who and what lead to their own lines. */
export const entryView = (entry: Entry) => ({
  ...entry,
  actorUrl: entry.actor && `/admin/audit?person=${encodeURIComponent(entry.actor.id)}`,
  objectUrl:
    entry.object?.kind === 'person' ? `/admin/audit?person=${encodeURIComponent(entry.object.id)}` : null,
  details: Object.entries(entry.details).map(([name, value]) => `${name}: ${value}`),
});
