import { createTextIntake, excerpt } from '../../lib/text.ts';

/** Readers are told so often at most. */
const TELL_EVERY_MS = 1000;
/** Only the end of a long thought is searched for its last heading. */
const HEADING_WINDOW = 2000;
const MAX_HEADING = 80;

/** How far a model has thought, as its readers are told. */
export type ThinkingNews = { ms: number; heading: string | undefined };

/** What a model thinks while a reply is written. */
export type Thinking = {
  readonly text: string;
  /** Of thinking, without the writing between. */
  ms(): number;
  /** A piece came. @returns news, when it is time for some */
  add(piece: string): ThinkingNews | undefined;
  /** Something else than thinking came: text, or the end. */
  pause(): void;
  news(): ThinkingNews | undefined;
};

/** `soFar`: what was thought before the reply went on. */
export function createThinking(soFar: { text: string; ms: number }, now: () => number): Thinking {
  const intake = createTextIntake();
  let text = soFar.text;
  let spent = soFar.ms;
  let since: number | undefined;
  let toldAt = -Infinity;

  const ms = () => spent + (since === undefined ? 0 : now() - since);
  const news = () => (since === undefined ? undefined : { ms: ms(), heading: lastHeading(text) });

  return {
    get text() {
      return text;
    },
    ms,
    news,
    add(piece) {
      since ??= now();
      text += intake.accept(piece);
      if (now() - toldAt < TELL_EVERY_MS) return undefined;
      toldAt = now();
      return news();
    },
    pause() {
      if (since === undefined) return;
      text += intake.end();
      spent = ms();
      since = undefined;
    },
  };
}

/** The last line that is a heading, or in bold as a whole, as models head the steps of their thoughts. */
export function lastHeading(text: string): string | undefined {
  const lines = text.slice(-HEADING_WINDOW).split('\n');
  // The last line may still grow.
  const heading = lines.slice(0, -1).findLast((line) => /^\s*(?:#{1,6}\s+\S|\*\*[^*]+\*\*\s*$)/.test(line));
  return heading === undefined ? undefined : excerpt(heading.replace(/^[\s#*]+|[\s*]+$/g, ''), MAX_HEADING);
}
