import type { Metrics } from '../metrics.ts';
import type { Db } from './db.ts';

/** The same database, with the time of each call observed. */
export function measureDb(db: Db, metrics: Pick<Metrics, 'database'>): Db {
  const timed = async <T>(operation: string, work: () => Promise<T>): Promise<T> => {
    const begun = performance.now();
    try {
      return await work();
    } finally {
      metrics.database(operation, (performance.now() - begun) / 1000);
    }
  };
  return {
    all: (sql, params) => timed('all', () => db.all(sql, params)),
    get: (sql, params) => timed('get', () => db.get(sql, params)),
    run: (sql, params) => timed('run', () => db.run(sql, params)),
    batch: (statements, durability = 'durable') =>
      timed(durability === 'durable' ? 'batch' : 'batch_deferred', () => db.batch(statements, durability)),
    close: () => db.close(),
  };
}
