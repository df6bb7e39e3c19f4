import type { Db } from '../../platform/db/db.ts';
import type { LearnedLesson, LessonStore } from './lessons.ts';

export const statements = {
  list: 'select provider_id, model, field, instead, words, learned_at from model_lessons order by learned_at desc limit 1000',
  save: `insert into model_lessons (provider_id, model, field, instead, words, learned_at) values (?, ?, ?, ?, ?, ?)
    on conflict (provider_id, model, field) do update set instead = excluded.instead, words = excluded.words,
      learned_at = excluded.learned_at`,
  remove: 'delete from model_lessons where provider_id = ? and model = ? and field = ?',
} as const;

type Row = {
  provider_id: string;
  model: string;
  field: string;
  instead: string | null;
  words: string;
  learned_at: number;
};

/** Lessons of servers that have a row; of others nothing is kept. */
export function createLessonStore(db: Db): LessonStore {
  return {
    list: async () =>
      (await db.all<Row>(statements.list)).map((row): LearnedLesson => ({
        providerId: row.provider_id,
        model: row.model,
        field: row.field,
        instead: row.instead ?? undefined,
        words: row.words,
        learnedAt: row.learned_at,
      })),
    save: async ({ providerId, model, field, instead, words, learnedAt }) =>
      providerId === null
        ? undefined
        : db.run(statements.save, [providerId, model, field, instead ?? null, words, learnedAt]),
    remove: async ({ providerId, model, field }) => db.run(statements.remove, [providerId, model, field]),
  };
}
