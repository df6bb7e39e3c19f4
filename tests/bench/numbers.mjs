/** The value below which that share (0 to 1) of the numbers lies; undefined when there are none. */
export function quantile(numbers, share) {
  const sorted = Float64Array.from(numbers).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}

/** Median, 99th percentile and greatest of a list of numbers. */
export function spread(numbers) {
  const [p50, p99, max] = [0.5, 0.99, 1].map((share) => quantile(numbers, share));
  return { count: numbers.length, p50, p99, max };
}

/** A number for people: three digits, no decimals from 100 on. */
export function short(value, unit = '') {
  if (value === undefined || Number.isNaN(value)) return '–';
  const size = Math.abs(value);
  const digits = size >= 100 ? 0 : size >= 10 ? 1 : 2;
  return `${value.toFixed(digits)}${unit && ` ${unit}`}`;
}

/** Median and 99th percentile as `a / b unit`. */
export const both = ({ p50, p99 }, unit) => `${short(p50)} / ${short(p99, unit)}`;

/** Results of the same shape as one: of numbers the median, of yes and no whether all say yes, else the first one's. */
export function medianOf(results) {
  const [first] = results;
  if (typeof first === 'number') return quantile(results, 0.5);
  if (typeof first === 'boolean') return results.every(Boolean);
  if (typeof first !== 'object' || first === null || Array.isArray(first)) return first;
  return Object.fromEntries(
    Object.keys(first).map((name) => [name, medianOf(results.map((result) => result[name]))]),
  );
}
