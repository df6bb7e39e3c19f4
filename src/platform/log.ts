import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import winston from 'winston';

export type Fields = Record<string, string | number | boolean | null | undefined>;

type Level = 'debug' | 'info' | 'warn' | 'error';

/** Events by name with flat fields. Never pass keys, cookies, passwords; prompts and answers only to `debug`. */
export type Log = Record<Level, (event: string, fields?: Fields) => void> & {
  close(): Promise<void>;
};

const MAX_VALUE_CHARACTERS = 2000;
/** Lines of so many milliseconds are written together: a write for each cost more than all else in a line. */
const GATHER_MS = 20;
const MAX_FILE_BYTES = 10 * 1024 * 1024;
const KEPT_FILES = 5;

/** Looks like a key or a token: removed from every value, whatever field it came in. */
const secretPattern = /\b(sk-[\w-]{6,}|salon_[\w-]{6,}|Bearer\s+[\w.~+/-]+=*|eyJ[\w-]+\.[\w-]+\.[\w-]+)/g;

/**
 * JSON lines to `app.log` in `dir` (rotated at 10 MiB, five kept) and to the console. `readable` prints the console
 * lines for a person instead. Lines are gathered for 20 ms; an error is written at once, with all before it.
 */
export function openLog(options: { dir: string; level: string; readable: boolean; console?: boolean }): Log {
  mkdirSync(options.dir, { recursive: true });
  const text = (name: string) => winston.format.printf((entry) => String(entry[name]));
  const logger = winston.createLogger({
    level: options.level,
    transports: [
      new winston.transports.File({
        filename: join(options.dir, 'app.log'),
        maxsize: MAX_FILE_BYTES,
        maxFiles: KEPT_FILES,
        tailable: true,
        format: text('lines'),
      }),
      ...(options.console === false
        ? []
        : [new winston.transports.Console({ format: text(options.readable ? 'readable' : 'lines') })]),
    ],
  });
  // A log that cannot be written (full disk) must not stop the answers.
  logger.on('error', () => undefined);
  const lines: string[] = [];
  const readable: string[] = [];
  let timer: NodeJS.Timeout | undefined;
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    if (lines.length === 0) return;
    const gathered = { lines: lines.splice(0).join('\n'), readable: readable.splice(0).join('\n') };
    logger.log({ level: 'error', message: '', ...gathered });
  };
  const write = (level: Level) => (event: string, fields?: Fields) => {
    if (!logger.isLevelEnabled(level)) return;
    const cleaned = clean(fields);
    const time = new Date().toISOString();
    lines.push(JSON.stringify({ time, level, event, ...cleaned }));
    if (options.readable) readable.push(readableLine({ time, level, event, fields: cleaned }));
    if (level === 'error') flush();
    else timer ??= setTimeout(flush, GATHER_MS);
  };
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    close: () =>
      new Promise((resolve) => {
        flush();
        logger.once('finish', () => resolve());
        logger.end();
      }),
  };
}

/** A log that drops everything; for one-shot commands and tests. */
export const silentLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  close: () => Promise.resolve(),
};

function readableLine(entry: { time: string; level: Level; event: string; fields: Fields }): string {
  const fields = Object.entries(entry.fields).map(([name, value]) => `${name}=${String(value)}`);
  return `${entry.time.slice(11, 23)} ${entry.level.padEnd(5)} ${entry.event} ${fields.join(' ')}`;
}

/** Cuts long values, removes what looks like a secret, and keeps control and bidi characters out of the line. */
export function clean(fields: Fields = {}): Fields {
  const out: Fields = {};
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    out[name] =
      typeof value === 'string'
        ? value
            .slice(0, MAX_VALUE_CHARACTERS)
            .replace(secretPattern, '[removed]')

            .replace(/[\u0000-\u001f\u007f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, ' ')
        : value;
  }
  return out;
}
