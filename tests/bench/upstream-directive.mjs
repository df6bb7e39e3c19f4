const defaults = {
  tps: 50,
  n: 200,
  ttft: 0,
  pad: 0,
  para: 0,
  text: '',
  kb: 100,
  piece: 512,
  err: 0,
  die: 0,
  hang: 0,
};

/**
 * What a prompt asks the scripted model server for, as in `[[tps=50 n=200 para=40]]`:
 * `tps` tokens per second (0: as fast as possible), `n` tokens in all, `ttft` milliseconds before the first one,
 * `pad` more characters per token, `para` a new paragraph after so many tokens, `text` a text of texts.mjs with `kb`
 * thousand characters in pieces of `piece` instead of words, `err` this status instead of an answer, `die` the
 * connection breaks after so many tokens, `hang` no answer at all.
 */
export function directiveOf(prompt) {
  const found = /\[\[([^\]]*)\]\]/.exec(prompt)?.[1] ?? '';
  const pairs = [...found.matchAll(/(\w+)(?:=(\w+))?/g)].map(([, name, value = '1']) => [
    name,
    /^\d+$/.test(value) ? Number(value) : value,
  ]);
  return { ...defaults, ...Object.fromEntries(pairs) };
}

/** The text of the last question that carries a directive, else of the last question. */
export function promptOf(body) {
  const questions = (body.messages ?? [])
    .filter(({ role }) => role === 'user')
    .map(({ content }) => textOf(content));
  return questions.findLast((text) => text.includes('[[')) ?? questions.at(-1) ?? '';
}

function textOf(content) {
  return Array.isArray(content) ? content.map(({ text }) => text ?? '').join(' ') : String(content ?? '');
}
