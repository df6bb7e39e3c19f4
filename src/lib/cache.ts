/**
 * Values that cost much to make, by key; the one unused for longest leaves when there are more than `maxEntries`.
 * @returns a function that finds the value of a key, or makes and keeps it
 */
export function createCache<Value>(maxEntries: number): (key: string, make: () => Value) => Value {
  const entries = new Map<string, { value: Value }>();
  return (key, make) => {
    const entry = entries.get(key) ?? { value: make() };
    // A Map keeps the order in which keys were set: the first one is the one unused for longest.
    entries.delete(key);
    entries.set(key, entry);
    const [oldest] = entries.size > maxEntries ? entries.keys() : [];
    if (oldest !== undefined) entries.delete(oldest);
    return entry.value;
  };
}
