import { dialect, namesOnly } from './dialect.ts';

/** A small server in front of a model that writes its thoughts into the text. */
export const tagged = dialect({
  name: 'Any server with <think> in the text',
  list: namesOnly('deepseek-r1-distill'),
  chatModel: 'deepseek-r1-distill',
  isTagged: true,
  finish: { stop: '' },
});
