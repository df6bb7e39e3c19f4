import type { CallAccount, OnAttempt } from './metering.ts';

/*
 * What goes to the model server and what comes back. A model is always a server and a name, so that several model servers
 * can stand side by side.
 */

export type ContentPart =
  | { type: 'text'; text: string }
  /** PNG, JPEG, WebP or AVIF. */
  | { type: 'image'; bytes: Buffer }
  | { type: 'file'; name: string; mediaType: string; bytes: Buffer };
export type ChatTurn = {
  role: 'system' | 'user' | 'assistant';
  content: string | readonly ContentPart[];
  /** What belongs to an answer beside its text; asked for only where the model server needs it. */
  recall?: () => Promise<TurnMemory>;
};

/** What a model has sealed for itself, readable by nobody else. */
export type OpaqueItems = ServedBy & { items: readonly unknown[] };
export type TurnMemory = { thought: string; items: OpaqueItems | undefined };

/** How long a model may think, as people choose it. */
export type Effort = 'fast' | 'balanced' | 'thorough';

/** What a model may be told about how it writes, as OpenAI's protocol names it. */
export type ParameterName = 'temperature' | 'top_p' | 'max_tokens';

/** Settings a conversation may carry; each one is sent only when it is set. */
export type ChatParameters = {
  /** Counts only with models that take it. */
  effort?: Effort | undefined;
  temperature?: number | undefined;
  top_p?: number | undefined;
  max_tokens?: number | undefined;
};

export type ChatRequest = {
  /** A name from `models()`; `undefined` or `auto` takes the default chat model. */
  model?: string | undefined;
  turns: ChatTurn[];
  parameters?: ChatParameters;
  account?: CallAccount | undefined;
  /** Goes into the log lines. */
  requestId?: string | undefined;
};

export type Usage = {
  promptTokens: number;
  /** Thinking included. */
  completionTokens: number;
  /** As far as the server tells. */
  thinkingTokens?: number;
  estimated: boolean;
};

/** Which model of which server answers: the id of the server's row, null when it could not be noted. */
export type ServedBy = { providerId: string | null; model: string };

/** How a reply ended by itself: the model server's own finish reason, never one of ours; '' when it named none. */
export type ChatOutcome = ServedBy & { finishReason: string; usage: Usage };

/** `loading`: the server is there and loads the model. */
export type Waiting = {
  reason: 'queue' | 'retry' | 'limited' | 'loading';
  seconds?: number;
  attempt?: number;
};

export type ChatCall = {
  signal: AbortSignal;
  /** Called with each piece of text, synchronously, in order. */
  onText(piece: string): void;
  /** The same of what the model thinks before it writes, where it lets that be seen. */
  onThinking?(piece: string): void;
  /** The same of what it seals for itself: to be given back with the turn, by `recall`. */
  onItems?(items: readonly unknown[]): void;
  /** Called when the call waits for its turn or for a retry; shown to the person. */
  onWaiting?(waiting: Waiting): void;
  /** Called once, before anything is sent. */
  onServer?(server: ServedBy): void;
  onAttempt?: OnAttempt | undefined;
};

/** An image of ours that goes to the model server: read when it is sent, and anew for each further try. */
export type SentImage = {
  type: 'image/png' | 'image/jpeg' | 'image/webp';
  /** Its exact length. */
  bytes: number;
  open(): AsyncIterable<Uint8Array> | Promise<AsyncIterable<Uint8Array>>;
};

export type ImageRequest = {
  model?: string | undefined;
  prompt: string;
  size?: string | undefined;
  quality?: string | undefined;
  background?: string | undefined;
  format?: string | undefined;
  /** 0 to 100, the more the better; for JPEG and WebP. */
  compression?: number | undefined;
  /** How strictly the server filters. */
  moderation?: string | undefined;
  /** With these it is an edit: at most 16, each up to 50 MB. */
  references?: readonly SentImage[] | undefined;
  /** A PNG as large as the first reference, up to 4 MB: where it is transparent, the image changes. */
  mask?: SentImage | undefined;
  /** A transparent PNG drawn over the first reference; not together with a mask. */
  markup?: SentImage | undefined;
  /** How closely the references are kept to. */
  inputFidelity?: string | undefined;
  /** 0 to 3 stages of each image, shown while it is made, where the model streams them; they cost output tokens. */
  partials?: number | undefined;
  /** How many images; a family that makes one at a time is asked several times. */
  n?: number;
  /** Nobody waits for it (a batch): calls of people go first through the limits a minute. */
  isBackground?: boolean;
  account?: CallAccount | undefined;
  requestId?: string | undefined;
};

export type MadeImage = {
  /** Its place among those that were asked for. */
  index: number;
  /** As received, not yet checked. */
  bytes: Buffer;
  revisedPrompt: string | undefined;
  /** It was to be transparent, which the server refused. */
  isOpaque: boolean;
};

export type ImageCall = {
  signal: AbortSignal;
  /** Called just before the first byte goes to the model server: from here on the call may cost money. */
  onSent?(): void | Promise<void>;
  /** Called with a stage of an image, which may be none that can be decoded; never after `onImage` of the same one. */
  onPartial?(partial: { index: number; bytes: Buffer }): void;
  /** Called for each image as it is ready. */
  onImage(image: MadeImage): Promise<void>;
  onWaiting?(waiting: Waiting): void;
  /** Called once, before anything is sent. */
  onServer?(server: ServedBy): void;
  onAttempt?: OnAttempt | undefined;
};

/** How many images were made, and by whom. */
export type ImageOutcome = ServedBy & { made: number };
