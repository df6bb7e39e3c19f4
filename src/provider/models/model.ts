import type { EffortLevel } from './effort.ts';

export type ModelKind = 'chat' | 'image' | 'other';
/** A model as its server lists it; what the server does not say is left out. */
export type Model = {
  name: string;
  /** Shown instead of a name that is a path. */
  label?: string;
  kind: ModelKind;
  contextTokens?: number;
  seesImages?: boolean;
  /** How much it can be told to think; an empty list: it does not, or cannot be told. */
  effortLevels?: readonly EffortLevel[];
  price?: TokenPrice;
  /** Whose the model is, in the words of the server. */
  owner?: string;
  /** The day on which it ends. */
  shutdownDate?: string | undefined;
};

/** In dollars for a million tokens. */
export type TokenPrice = { prompt: number; completion: number };

export type ModelList = {
  /** `waiting`: the server has not answered yet. `missing`: it gives no list. */
  state: 'waiting' | 'listed' | 'missing';
  models: Model[];
  defaultChat: string | undefined;
  defaultImage: string | undefined;
  /** A sentence key with its params under `provider.` in the word files, e.g. a named model that is not listed. */
  warnings: { key: string; params: Record<string, string> }[];
};
