const SYLLABLES = 'ka lo mi ren su tor vel wa zin pra do ne fi gul har bes cho ley mon qua'.split(' ');
const VOCABULARY = 20_000;
const CJK =
  '春夏秋冬山川雨雪花鳥風月日本語中文天地人水火木金土時間旅行音楽料理学校電車図書館会議計画問題答案';
const EVERY_CJK = 50;

/** Numbers from 0 to 1 in an order that is the same in each run (mulberry32). */
export function createRandom(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Every word is another one: its number written in syllables. */
export function wordAt(rank) {
  let [rest, word] = [rank + SYLLABLES.length, ''];
  while (rest > 0) {
    word += SYLLABLES[rest % SYLLABLES.length];
    rest = Math.floor(rest / SYLLABLES.length);
  }
  return word;
}

/**
 * Texts as people's are: a few words make up most of them, most words are rare (about as Zipf counted), and each
 * fiftieth text is Japanese or Chinese.
 */
export function createTexts(seed) {
  const random = createRandom(seed);
  const words = Array.from({ length: VOCABULARY }, (_, rank) => wordAt(rank));
  const word = () => words[Math.floor(VOCABULARY ** random()) - 1] ?? words[0];
  const character = () => CJK[Math.floor(random() * CJK.length)];
  let count = 0;
  return (length) => {
    count += 1;
    const next = count % EVERY_CJK === 0 ? character : word;
    return Array.from({ length }, next).join(next === word ? ' ' : '');
  };
}
