/** One line of `doctor`. `fail` needs something done, `warn` deserves a look. */
export type Level = 'ok' | 'warn' | 'fail';
export type Finding = { level: Level; subject: string; text: string };

/** Makes the findings of one subject. */
export function about(subject: string) {
  const made =
    (level: Level) =>
    (text: string): Finding => ({ level, subject, text });
  return { ok: made('ok'), warn: made('warn'), fail: made('fail') };
}

/** The first few of many, and how many more there are. */
export function some(names: readonly string[], most = 5): string {
  const rest = names.length - most;
  return names.slice(0, most).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}
