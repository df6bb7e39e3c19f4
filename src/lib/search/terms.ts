/** Scripts that are written without spaces between words. */
const UNSPACED =
  '\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Hangul}\\p{Script=Thai}\\p{Script=Lao}\\p{Script=Khmer}\\p{Script=Myanmar}ー';
const WORD = /[\p{L}\p{N}\p{M}]+/gu;
const ASCII_WORD = /[A-Za-z0-9]+/g;
const RUN = new RegExp(`[${UNSPACED}]+|[^${UNSPACED}]+`, 'gu');
const STARTS_UNSPACED = new RegExp(`^[${UNSPACED}]`, 'u');
const IS_ASCII = /^[\0-\x7f]*$/;
/** Whether a text has no accents, and no script but the Latin one. */
export const isAscii = (text: string) => IS_ASCII.test(text);
const ACCENTS = /[\u0300-\u036f]/g;
/** What is longer is no word that anybody types: it counts as far as this. */
const MAX_TERM = 64;

/** A word of a text as it is searched, and where it stands there, in UTF-16 units. */
export type Word = { start: number; end: number; text: string; isUnspaced: boolean };

/** The words of a text, in order: runs of letters and digits in small letters, without accents. */
export function* wordsOf(text: string): Generator<Word> {
  if (isAscii(text)) {
    for (const { 0: word, index } of text.matchAll(ASCII_WORD))
      yield { start: index, end: index + word.length, text: fold(word), isUnspaced: false };
    return;
  }
  for (const { 0: word, index } of text.matchAll(WORD))
    for (const { 0: run, index: offset } of word.matchAll(RUN)) {
      const start = index + offset;
      const isUnspaced = STARTS_UNSPACED.test(run);
      yield {
        start,
        end: start + run.length,
        text: isUnspaced ? run.normalize('NFKC') : fold(run),
        isUnspaced,
      };
    }
}

/**
 * What of a text goes into the search index, as terms with spaces between. A run of a script without spaces becomes
 * each of its characters, and between two of them both as a pair, so that any part of it can be found as a phrase.
 */
export function termsOf(text: string): string {
  if (isAscii(text)) return (text.toLowerCase().match(ASCII_WORD) ?? []).map(cut).join(' ');
  const terms: string[] = [];
  for (const word of wordsOf(text)) terms.push(word.isUnspaced ? characterTerms(word.text) : word.text);
  return terms.join(' ');
}

/** The terms that stand for a word of a query, one after the other. */
export function phraseOf(word: Word): string[] {
  if (!word.isUnspaced) return [word.text];
  const terms = characterTerms(word.text).split(' ');
  return terms.length === 1 ? terms : terms.slice(1, -1);
}

/** One text that grows: lists of as many short texts take ten times as long. */
function characterTerms(run: string): string {
  let terms = '';
  let last = '';
  for (const character of run) {
    terms += last === '' ? character : ` ${last}${character} ${character}`;
    last = character;
  }
  return terms;
}

function fold(word: string): string {
  if (isAscii(word)) return cut(word.toLowerCase());
  return cut(word.normalize('NFKD').replace(ACCENTS, '').toLowerCase().normalize('NFC'));
}

const cut = (term: string) => (term.length > MAX_TERM ? term.slice(0, MAX_TERM) : term);
