import { answerChat } from './model-server-chat.ts';
import { answerImages } from './model-server-images.ts';
import type { ModelServer } from './model-server.ts';

/** Keeps back the answers to all calls whose body has this word, until `release`: what runs meanwhile really runs. */
export function holdBack(server: ModelServer, word: string) {
  const held: (() => void)[] = [];
  server.script((exchange) => {
    const { path, body } = exchange.request;
    if (!JSON.stringify(body).includes(word)) return false;
    held.push(() => (path.endsWith('/images/generations') ? answerImages(exchange) : answerChat(exchange)));
    return true;
  });
  return {
    /** How many calls wait for their answers. */
    held: () => held.length,
    release() {
      server.script(() => false);
      for (const answer of held.splice(0)) answer();
    },
  };
}
