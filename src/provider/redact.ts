/** Raw text of a model server never goes to a person; of what goes into the debug log this much is kept. */
const MAX_CHARACTERS = 300;

/** A run of the key this long in a text is a fragment of the key. */
const FRAGMENT_CHARACTERS = 6;

const REMOVED = '[removed]';

/** Masked keys (`abc***xyz`), and whatever looks like a key or a token by itself. */
const keyLike = /[\w.-]*\*{2,}[\w.*-]*|\bsk-[\w*.-]+|\bBearer\s+\S+/g;

/** A model server's text for the debug log: cut to 300 characters, without the key or any recognisable part of it. */
export function redact(text: string, key: string | undefined): string {
  const cut = text.slice(0, MAX_CHARACTERS * 4).replace(keyLike, REMOVED);
  return (key ? withoutFragments(cut, key) : cut).replace(/\s+/g, ' ').slice(0, MAX_CHARACTERS);
}

function withoutFragments(text: string, key: string): string {
  const length = Math.min(FRAGMENT_CHARACTERS, key.length);
  const covered = new Set<number>();
  for (let start = 0; start + length <= key.length; start++) {
    const fragment = key.slice(start, start + length);
    for (let at = text.indexOf(fragment); at >= 0; at = text.indexOf(fragment, at + 1))
      for (let offset = 0; offset < length; offset++) covered.add(at + offset);
  }
  if (covered.size === 0) return text;
  return Array.from({ length: text.length }, (_, at) => {
    if (!covered.has(at)) return text[at];
    return covered.has(at - 1) ? '' : REMOVED;
  }).join('');
}
