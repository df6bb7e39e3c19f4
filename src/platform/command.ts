/** Where a one-shot command writes, and what it may ask. */
export type CommandIo = {
  out(line: string): void;
  err(line: string): void;
  /** Reads one line without showing it, or the first line of standard input when that is no terminal. */
  askSecret(question: string): Promise<string>;
};

/** One command of `npm run cli -- <name> …`. */
export type Command = {
  /** As typed, for example `user add`. */
  name: string;
  /** The arguments, as the help shows them: `<name> [--admin]`. */
  usage: string;
  /** One sentence for the help. */
  summary: string;
  /** @returns the exit code: 0 done, 1 failed, 2 wrong arguments */
  run(args: readonly string[], io: CommandIo): Promise<number>;
};
