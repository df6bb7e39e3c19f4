import type { Log } from '../../platform/log.ts';
import type { ServedBy } from '../provider.ts';

/** What a server refused in a request to one of its models, and what is sent since. */
export type Lesson = {
  field: string;
  /** Sent under this name instead; undefined: not at all. */
  instead: string | undefined;
  /** The server's own words, without the key. */
  words: string;
};
export type LearnedLesson = Lesson & ServedBy & { learnedAt: number };

/** Where lessons are kept beyond this process. */
export type LessonStore = {
  list(): Promise<LearnedLesson[]>;
  save(lesson: LearnedLesson): Promise<unknown>;
  remove(lesson: ServedBy & { field: string }): Promise<unknown>;
};

export type Lessons = {
  /** By field; those of one model alone, since others of the same server may take it. */
  of(server: ServedBy): ReadonlyMap<string, Lesson>;
  learn(server: ServedBy, lesson: Lesson): void;
  all(): LearnedLesson[];
  forget(lesson: ServedBy & { field: string }): Promise<boolean>;
};

const keyOf = ({ providerId, model }: ServedBy) => `${providerId ?? ''} ${model}`;

type Deps = {
  /** Without one they last as long as the process. */
  store?: LessonStore;
  /** What the store holds. */
  kept?: readonly LearnedLesson[];
  log: Log;
  now: () => number;
};

/** Lessons in memory, since each call asks for them, and in the store for the next start. */
export function createLessons({ store, kept = [], log, now }: Deps): Lessons {
  const known = new Map<string, Map<string, LearnedLesson>>();
  const nothing = new Map<string, Lesson>();
  const note = (lesson: LearnedLesson) => {
    const key = keyOf(lesson);
    known.set(key, (known.get(key) ?? new Map<string, LearnedLesson>()).set(lesson.field, lesson));
  };
  kept.forEach(note);

  return {
    of: (server) => known.get(keyOf(server)) ?? nothing,
    learn({ providerId, model }, lesson) {
      const learned = { ...lesson, providerId, model, learnedAt: now() };
      note(learned);
      log.info('learned from a refusal', { provider: providerId, model, field: lesson.field });
      store?.save(learned).catch((error: unknown) => {
        // It is learned again after the next start.
        log.error('lesson could not be stored', { field: lesson.field, cause: String(error) });
      });
    },
    all: () => [...known.values()].flatMap((lessons) => [...lessons.values()]),
    async forget(lesson) {
      await store?.remove(lesson);
      return known.get(keyOf(lesson))?.delete(lesson.field) ?? false;
    },
  };
}
