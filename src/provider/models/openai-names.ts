/*
 * What the names of OpenAI's models say, for servers whose lists say nothing; as of 2026-11-25, from the types of its
 * official client (7.55.0).
 */

/** Without a vendor's prefix, as in `openai/gpt-5.6-terra`. */
export const bareName = (model: string) => model.slice(model.lastIndexOf('/') + 1);

/** The o series, and GPT-5 and later but for their variants for chat. */
export const isThinkingName = (model: string) => /^(o\d|gpt-(5|6)(?!.*chat))/.test(bareName(model));

/** Answers only by the Responses protocol. */
export const isResponsesName = (model: string) =>
  /^(o\d|gpt-\d[\d.]*)-pro|^gpt-.*(-codex|-cyber|-rosalind)|^(codex|daybreak)/.test(bareName(model));
