import { foundation } from './001-foundation.ts';

export type Migration = { name: string; sql: string };

/** In order; the place in this list is the schema's version. A merged migration is never edited. */
export const migrations: readonly Migration[] = [foundation];
