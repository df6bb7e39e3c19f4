/**
 * The seconds that `retry-after-ms` or `retry-after` (seconds or a date) ask for; nothing when they are missing,
 * negative or junk. A date in the past is 0.
 */
export function retryAfterSeconds(
  header: (name: string) => string | undefined,
  now: number,
): number | undefined {
  const milliseconds = wholeOrFraction(header('retry-after-ms'));
  if (milliseconds !== undefined) return milliseconds / 1000;
  const value = header('retry-after')?.trim();
  const seconds = wholeOrFraction(value);
  if (seconds !== undefined || value === undefined || !/^[a-z]{3}/i.test(value)) return seconds;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, (at - now) / 1000);
}

function wholeOrFraction(value: string | undefined): number | undefined {
  if (value === undefined || !/^\d+(\.\d+)?(e\d{1,3})?$/i.test(value.trim())) return undefined;
  const parsed = Number(value);
  return Number.isFinite(parsed) ? parsed : undefined;
}
