/** What JavaScript itself asks objects for, whether they have it or not. */
const ASKED_OF_ALL = new Set<PropertyKey>(['toJSON', 'then']);

/**
 * For tests: lets a template read only names that its data has, however deep. A misspelt name throws, where it would print
 * nothing. An object without a prototype is a table, in which a name may be missing.
 * @returns a function that guards data; what it guarded already it gives back
 */
export function createStrictData(): <Data extends object>(data: Data) => Data {
  const guarded = new WeakMap<object, object>();

  const handler: ProxyHandler<object> = {
    get(target, name, receiver) {
      if (!(name in target) && !mayBeMissing(target, name))
        throw new ReferenceError(
          `a template reads "${String(name)}", but there is only ${Object.keys(target).join(', ')}`,
        );
      const value: unknown = Reflect.get(target, name, receiver);
      return isData(value) ? guard(value) : value;
    },
  };

  function guard<Data extends object>(data: Data): Data {
    const known = guarded.get(data);
    if (known) return known as Data;
    const proxy = new Proxy(data, handler) as Data;
    guarded.set(data, proxy);
    // So that what a template passes on to a partial is not wrapped twice: things stay equal to themselves.
    guarded.set(proxy, proxy);
    return proxy;
  }

  return guard;
}

const mayBeMissing = (target: object, name: PropertyKey) =>
  typeof name === 'symbol' || ASKED_OF_ALL.has(name) || (Array.isArray(target) && /^\d+$/.test(String(name)));

function isData(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  return Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;
}
