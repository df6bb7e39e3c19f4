import { AppError, type FieldError } from '../lib/errors.ts';
import type { LimitRow, UsageStore } from './store.ts';

/**
 * What an administrator can set. The defaults keep out runaway programs, not busy people: `USER_MAX_ACTIVE` and the
 * limits of the model server bound what runs at once. 0 means no limit, where `min` allows it.
 */
export const limitNames = {
  requests_ip: { value: 12_000, min: 0, max: 1_000_000 },
  requests_account: { value: 60_000, min: 0, max: 1_000_000 },
  requests_key: { value: 6000, min: 0, max: 1_000_000 },
  generations_account: { value: 30_000, min: 0, max: 1_000_000 },
  storage_mb: { value: 5000, min: 0, max: 100_000_000 },
  upload_mb: { value: 20, min: 1, max: 1000 },
  import_mb: { value: 5000, min: 1, max: 1_000_000 },
} as const;

export type LimitName = keyof typeof limitNames;
export type Limit = { name: LimitName; value: number; default: number; version: number };
export type LimitChange = { name: LimitName; value: number; version: number };
export type Limits = Awaited<ReturnType<typeof openLimits>>;

const names = Object.keys(limitNames) as LimitName[];

/** The numbers in force: rows of the database, kept in memory since each request asks for some. */
export async function openLimits({ store, now }: { store: UsageStore; now: () => number }) {
  let rows = await read(store);

  const get = (name: LimitName): Limit => ({
    name,
    value: rows.get(name)?.value ?? limitNames[name].value,
    default: limitNames[name].value,
    version: rows.get(name)?.version ?? 0,
  });

  return {
    value: (name: LimitName): number => get(name).value,
    list: (): Limit[] => names.map(get),

    /**
     * Sets those that differ from what is in force, all or none. @returns what has changed
     * @throws AppError `invalid`; `conflict` when somebody else has changed one of them since that version
     */
    async change(
      actor: { id: string },
      changes: readonly LimitChange[],
    ): Promise<(LimitChange & { before: number })[]> {
      const fields = changes
        .filter(isOutside)
        .map(({ name }): FieldError => ({ field: name, message: 'limit_range' }));
      if (fields.length > 0) throw new AppError('invalid', { fields });
      const wanted = changes
        .map((change) => ({ ...change, before: get(change.name).value }))
        .filter(({ value, before }) => value !== before);
      if (wanted.length > 0) await store.changeLimits(wanted, actor.id, now());
      rows = await read(store);
      return wanted;
    },
  };
}

async function read(store: UsageStore): Promise<Map<string, LimitRow>> {
  return new Map((await store.listLimits()).map((row) => [row.name, row]));
}

function isOutside({ name, value }: LimitChange): boolean {
  const { min, max } = limitNames[name];
  return !Number.isInteger(value) || value < min || value > max;
}
