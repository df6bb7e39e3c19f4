/**
 * Where a byte of a JSON text stands: in an element, at the end of one that has brackets, or outside of all. `wrong`: what
 * is neither a list nor an object, or comes after it.
 */
export type Place = 'inside' | 'last' | 'outside' | 'wrong';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];
const isBlank = (byte: number) => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/** Follows the brackets and strings of a JSON text, byte after byte. The elements of an object are the object itself. */
export function createNesting() {
  let state: 'before' | 'within' | 'over' = 'before';
  let isList = false;
  let depth = 0;
  let isInString = false;
  let isEscaped = false;

  function begin(byte: number): Place {
    if (isBlank(byte) || BYTE_ORDER_MARK.includes(byte)) return 'outside';
    if (byte !== OPEN_LIST && byte !== OPEN_OBJECT) return 'wrong';
    state = 'within';
    isList = byte === OPEN_LIST;
    depth = 1;
    return isList ? 'outside' : 'inside';
  }

  function inString(byte: number): Place {
    if (isEscaped) isEscaped = false;
    else if (byte === BACKSLASH) isEscaped = true;
    else if (byte === QUOTE) isInString = false;
    return 'inside';
  }

  function close(): Place {
    depth -= 1;
    if (depth !== Number(isList)) return 'inside';
    if (!isList) state = 'over';
    return 'last';
  }

  return {
    next(byte: number): Place {
      if (isInString) return inString(byte);
      if (state === 'before') return begin(byte);
      if (state === 'over') return isBlank(byte) ? 'outside' : 'wrong';
      if (isList && depth === 1 && (byte === COMMA || byte === CLOSE_LIST || isBlank(byte))) {
        if (byte === CLOSE_LIST) state = 'over';
        return 'outside';
      }
      if (byte === QUOTE) isInString = true;
      else if (byte === OPEN_LIST || byte === OPEN_OBJECT) depth += 1;
      else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) return close();
      return 'inside';
    },
    state: () => state,
  };
}
