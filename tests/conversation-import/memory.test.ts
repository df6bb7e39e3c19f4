import { afterEach, beforeEach, expect, it } from 'vitest';
import { chatgpt, node, preview, zipOf } from '../support/archives.ts';
import { signUpAt } from '../support/chat.ts';
import { spawnSalon, type SalonProcess } from '../support/process.ts';

const CONVERSATIONS = 1000;
const WORDS_EACH = 11_500;
/** Of the server: less than the text of the archive, which as a whole would not fit. */
const HEAP_MB = 48;

let salon: SalonProcess;
beforeEach(async () => {
  salon = await spawnSalon({ env: { NODE_OPTIONS: `--max-old-space-size=${HEAP_MB}` } });
});
afterEach(() => salon.remove());

/** Other words in another order for each number, as texts of people have. */
function textOf(number: number): string {
  const word = (i: number) => `w${((number * 7919 + i * i * 31) % 4001).toString(36)}`;
  return Array.from({ length: WORDS_EACH }, (_, i) => word(i)).join(' ');
}

it('reads an archive of 50 MB in a heap that could not hold it', async () => {
  const conversations = Array.from({ length: CONVERSATIONS }, (_, i) =>
    chatgpt(`c${i}`, [
      node('root', null),
      node('q', 'root', { text: `question ${i}`, at: 1 }),
      node('a', 'q', {
        role: 'assistant',
        text: textOf(i),
        at: 2,
      }),
    ]),
  );
  const archive = await zipOf({ 'conversations.json': conversations });
  expect(JSON.stringify(conversations).length).toBeGreaterThan(HEAP_MB * 1024 * 1024);
  const ana = await signUpAt(salon.url, 'Ana');
  const { status, body } = await preview(ana, archive);
  expect(status).toBe(200);
  expect(body).toMatchObject({ added: CONVERSATIONS, skipped: [], counts: { messages: 2 * CONVERSATIONS } });
}, 240_000);
