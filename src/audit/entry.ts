import type { AuthMethod } from '../lib/actor.ts';

export type Outcome = 'done' | 'denied' | 'failed';

/** Who did it, from where: what `auditActorOf(req)` in `web/` gives. */
export type AuditActor = {
  actor: { id: string; username: string } | null;
  /** `none`: nobody was signed in. */
  authMethod: AuthMethod | 'none';
  ip?: string | undefined;
  requestId?: string | undefined;
};

export type NewEntry = AuditActor & {
  /** What was done, as `noun.verb`: `key.create`, `person.suspend`. */
  action: string;
  /** What it was done to. Never a secret, a prompt or a title. */
  object?: { kind: string; id: string; name?: string | undefined } | undefined;
  outcome: Outcome;
  details?: Record<string, string | number> | undefined;
};

export type Entry = {
  id: string;
  at: number;
  /** Of a summarised line: when it happened last, and how often. */
  lastAt: number;
  count: number;
  actor: { id: string; username: string } | null;
  action: string;
  object: { kind: string; id: string; name: string | null } | null;
  outcome: Outcome;
  ip: string | null;
  authMethod: string;
  requestId: string | null;
  details: Record<string, string | number>;
};

const MAX_NAME = 100;
const MAX_DETAIL = 200;
const MAX_DETAILS = 12;
/** Controls, line ends of any kind, direction overrides: what could forge or hide a line wherever the log is read. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** A text as it is kept: at most `max` characters, with what cannot be seen written as `\u{…}`. */
export function cleanText(text: string, max = MAX_NAME): string {
  const cut = Array.from(text.slice(0, max * 2))
    .slice(0, max)
    .join('');
  return cut.replace(UNSAFE, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

/** Details as they are kept: few, short, flat. */
export function cleanDetails(details: Record<string, string | number> = {}): Record<string, string | number> {
  return Object.fromEntries(
    Object.entries(details)
      .slice(0, MAX_DETAILS)
      .map(([name, value]) => [
        cleanText(name, MAX_NAME),
        typeof value === 'string' ? cleanText(value, MAX_DETAIL) : value,
      ]),
  );
}
