import { createWriteStream } from 'node:fs';
import { EventEmitter } from 'node:events';
import type { MessageJson } from '../support/chat.ts';
import { canariesIn } from './dice.ts';

export type Account = {
  name: string;
  /** Undefined until the sign-up was acknowledged. */
  cookie: string | undefined;
  conversations: string[];
  /** Replies that may be continued or answered again. */
  replies: { id: string; send: Send }[];
  /** Image jobs that may be tried again. */
  jobs: { id: string; send: Send }[];
};
export type SendKind = 'start' | 'message' | 'stream' | 'image' | 'studio';
/** Something to be stored once: a question, or the order of images. */
export type Send = {
  kind: SendKind;
  round: number;
  account: Account;
  path: string;
  body: Record<string, unknown>;
  clientId: string;
  /** Stands in the prompt, so that calls at the model server can be told apart. */
  key: string;
  /** Whether the model server does what it is asked; else calls may be repeated within the stated retries. */
  isSound: boolean;
  /** Times that the person asked for something that calls the model server. */
  actions: number;
  /** Further answers to the question that were asked for. */
  regenerations: number;
  /** What the server said. */
  answer?: { messageId?: string; replyId?: string; jobId?: string; conversationId?: string };
  isAcknowledged: boolean;
  /** Requests without an answer so far. */
  open: number;
  refusedWith?: number;
};
/** What one reader of a reply saw. */
export type Reader = {
  send: Send;
  replyId: string | undefined;
  text: string;
  lastId: string | undefined;
  /** How much it had when. */
  marks: { at: number; length: number }[];
  done?: MessageJson;
};
/** A promise that the server made by an answer, and how to see in the database that it is kept. */
export type Promised = { what: string; sql: string; params: unknown[]; expected: unknown };
export type Violation = { code: string; round: number; text: string };
export type Moment = 'message' | 'image-asked' | 'image-answered' | 'sign-up' | 'continue';

export type Journal = ReturnType<typeof openJournal>;

/** What the clients know, in memory and as lines of JSON in a file outside the server's folders. */
export function openJournal(path: string) {
  const file = createWriteStream(path, { flags: 'a' });
  const violations: Violation[] = [];
  const counts = new Map<string, number>();
  const state = { round: 0, isKilled: false };
  const note = (what: string, fields: object) =>
    void file.write(`${JSON.stringify({ at: Date.now(), round: state.round, what, ...fields })}\n`);

  function violate(code: string, text: string): void {
    violations.push({ code, round: state.round, text });
    note('VIOLATION', { code, text });
  }

  return {
    path,
    state,
    violations,
    accounts: [] as Account[],
    sends: [] as Send[],
    /** Of this round. */
    readers: [] as Reader[],
    promises: [] as Promised[],
    /** Sign-ups without an answer. */
    openSignUps: [] as string[],
    endedCookies: [] as string[],
    moments: new EventEmitter<Record<Moment, []>>(),
    counts,
    note,
    violate,
    count: (name: string, by = 1) => void counts.set(name, (counts.get(name) ?? 0) + by),
    most: (name: string, value: number) =>
      void counts.set(name, Math.max(counts.get(name) ?? 0, Math.round(value))),
    /** Nobody ever gets the word of another. */
    inspect(account: { name: string }, text: string, where: string): void {
      const foreign = canariesIn(text).find((word) => word !== account.name);
      if (foreign) violate('privacy', `${where} shows ${foreign} to ${account.name}`);
    },
    close: () => new Promise<void>((resolve) => file.end(resolve)),
  };
}
