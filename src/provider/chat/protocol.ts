import type { Lesson } from '../lessons/lessons.ts';
import type { OptionalFields } from '../lessons/refusals.ts';
import type { EffortLevel } from '../models/effort.ts';
import type { ChatParameters } from '../provider.ts';
import type { Chunk } from './chunk.ts';
import type { SentTurn } from './turns.ts';

export type Fields = Record<string, unknown>;
export type KnownLessons = ReadonlyMap<string, Lesson>;
export type ProtocolName = 'chat' | 'responses';

/** What a person set, the effort by the name that the model has for it. */
export type SentSettings = Omit<ChatParameters, 'effort'> & { effort?: EffortLevel | undefined };

/** `parameters`: a JSON schema. */
export type Tool = { name: string; description: string; parameters: Fields };

/** How a model server is asked for an answer, and how its answer is read. */
export type Protocol = {
  name: ProtocolName;
  /** Below the base URL. */
  path: string;
  /** Fields that an answer does not depend on, by the name that a refusal gives them, with the name to try instead. */
  optional: OptionalFields;
  /** What goes along with the model and the turns, by the same names: as little as possible. */
  fields(model: string, settings: SentSettings, lessons: KnownLessons): Fields;
  /** The JSON body of a call. */
  body(model: string, turns: readonly SentTurn[], fields: Fields): string;
  /** A function that the model may call, as the protocol writes it. */
  tool(tool: Tool): Fields;
  /** Reads the data of one event, or a whole answer. @throws SyntaxError when it is no JSON */
  read(json: string): Chunk;
};

/** The fields without those that the server has refused before, or under the names that it takes. */
export function withoutRefused(fields: Fields, lessons: KnownLessons): Fields {
  const taken = { ...fields };
  for (const { field, instead } of lessons.values()) {
    const value = taken[field];
    taken[field] = undefined;
    if (instead !== undefined && value !== undefined) taken[instead] = value;
  }
  return taken;
}
