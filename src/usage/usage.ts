import type { NewId } from '../lib/ids.ts';
import type { Calendar } from '../lib/time.ts';
import type { Db } from '../platform/db/db.ts';
import type { Log } from '../platform/log.ts';
import type { Provider } from '../provider/provider.ts';
import { createLedger } from './ledger.ts';
import { openLimits, type LimitName } from './limit-settings.ts';
import { openPrices } from './prices.ts';
import { createReports } from './reports/reports.ts';
import { createStorage, MEGABYTE } from './storage.ts';
import { createUsageStore } from './store.ts';
import { createWindows, type Taken } from './rate-windows.ts';

export { limitNames, type LimitChange, type LimitName } from './limit-settings.ts';
export type { ModelPrice } from './prices.ts';
export { daysOf, type Days } from './period.ts';
export type { Grouping, Sums } from './reports/reports.ts';
export { MEGABYTE, type Storage } from './storage.ts';
export type { StorageView, SumsRow, SumsView } from './views.ts';
export { money, priceJson, storageJson, storageView, sumsJson, sumsView } from './views.ts';

type Deps = {
  db: Db;
  log: Log;
  provider: Pick<Provider, 'model'>;
  calendar: Calendar;
  newId: NewId;
  now: () => number;
};

/** What everybody's calls to the model server cost, and how much of everything each one may use. */
export async function createUsage({ db, log, provider, calendar, newId, now }: Deps) {
  const store = createUsageStore(db);
  const listed = (model: string) => provider.model(model)?.price;
  const [prices, limits] = await Promise.all([
    openPrices({ store, listed, now }),
    openLimits({ store, now }),
  ]);
  const ledger = createLedger({ store, prices, log, newId, now });
  const windows = createWindows(now);

  return {
    meter: ledger.meter,
    recover: ledger.recover,
    close: ledger.close,

    prices,
    limits,
    storage: createStorage({ store, limits, now }),
    reports: createReports(db, calendar),

    /** Counts one request of somebody against one of the limits a minute. */
    take: (name: LimitName, who: string): Taken => windows.take(`${name} ${who}`, limits.value(name)),
    /** The largest body that is taken, in bytes. */
    uploadBytes: (): number => limits.value('upload_mb') * MEGABYTE,
    /** The largest archive that can be imported, in bytes. */
    importBytes: (): number => limits.value('import_mb') * MEGABYTE,
  };
}

export type Usage = Awaited<ReturnType<typeof createUsage>>;
