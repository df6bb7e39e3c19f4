import { chatPage, composer } from './rows/browser.mjs';
import { cleanBuild } from './rows/build.mjs';
import { conversationPages } from './rows/conversation.mjs';
import { crash } from './rows/crash.mjs';
import { hostileConversation } from './rows/hostile-conversation.mjs';
import { hostileMarkdown } from './rows/hostile.mjs';
import { imports } from './rows/import.mjs';
import { largePages } from './rows/large-pages.mjs';
import { memory } from './rows/memory.mjs';
import { messageStore } from './rows/message-store.mjs';
import { ownMessage } from './rows/own-message.mjs';
import { pagesPerSecond } from './rows/pages.mjs';
import { manySubscribers } from './rows/readers.mjs';
import { search } from './rows/search.mjs';
import { signIns } from './rows/sign-in.mjs';
import { deployed } from './rows/size.mjs';
import { coldStart } from './rows/start.mjs';
import {
  bytesPerToken,
  cpuPerToken,
  firstTokenAt10,
  firstTokenAt200,
  lagAt200,
  streamsPerCore,
} from './rows/streams.mjs';
import { manyTabs } from './rows/tabs.mjs';
import { manyAtOnce } from './rows/together.mjs';

/**
 * What measures each row, in the order of the table. A measure gets `{ setting, streaming }` and gives lines of the
 * table: `what` (the same in each run), `bar`, `measured`, `holds`; `direct`, `pipe`, `ratio` and `note` where there are
 * such; `value`, the number that the bar speaks of, and `more` where more of it is better.
 */
export const measures = {
  1: [streamsPerCore],
  2: [cpuPerToken],
  3: [firstTokenAt10],
  4: [firstTokenAt200],
  5: [lagAt200],
  6: [bytesPerToken],
  7: [memory],
  8: [coldStart],
  9: [chatPage],
  10: [composer],
  11: [pagesPerSecond, conversationPages],
  12: [largePages],
  13: [search],
  14: [messageStore],
  15: [manyAtOnce],
  16: [crash],
  18: [signIns],
  19: [deployed],
  20: [cleanBuild],
  21: [manySubscribers],
  22: [manyTabs],
  23: [hostileMarkdown, hostileConversation],
  24: [imports],
  25: [ownMessage],
};

/** More than any measure needs; what is stuck is given up, and its servers are stopped. */
const LIMIT_MS = 12 * 60_000;

/** Runs all measures of one row. @returns lines of the table; one that says so for a measure that failed */
export async function measureRow(number, context) {
  const lines = [];
  for (const measure of measures[number]) lines.push(...(await attempt(measure, context)));
  return lines.map((line) => ({ row: number, ...line }));
}

async function attempt(measure, context) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error('took too long')), LIMIT_MS);
  });
  const measuring = measure(context);
  try {
    return await Promise.race([measuring, late]);
  } catch (error) {
    process.stderr.write(`${error.stack}\n`);
    const measured = `failed: ${error.message.slice(0, 120)}`;
    return [{ what: measure.name, bar: '', measured, holds: false }];
  } finally {
    clearTimeout(timer);
    await context.setting.stopOwn();
    // A measure that was given up fails once its servers are gone; nobody waits for that.
    measuring.catch(() => undefined);
  }
}
