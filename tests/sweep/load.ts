import { setTimeout as sleep } from 'node:timers/promises';
import { ask, askAsStream, continueReply, regenerate, stop } from './answers.ts';
import { clientAt, isConnectionLost, PASSWORD } from './client.ts';
import { canaryOf, type Dice } from './dice.ts';
import type { Account, Journal } from './journal.ts';
import { look, orderImages, rename, retryImages, signOutElsewhere } from './others.ts';
import type { Tab } from './tab.ts';

/** How often a person does what, as weights. */
const actions: readonly (readonly [number, (tab: Tab) => Promise<void>])[] = [
  [16, (tab) => ask(tab, 'start')],
  [34, (tab) => ask(tab, 'message')],
  [6, askAsStream],
  [8, stop],
  [8, continueReply],
  [5, regenerate],
  [12, (tab) => orderImages(tab, 'studio')],
  [5, (tab) => orderImages(tab, 'image')],
  [4, retryImages],
  [7, look],
  [3, rename],
  [2, signOutElsewhere],
];

/** One open tab: does this and that until the server is gone. */
export async function runTab(tab: Tab): Promise<void> {
  const { journal, dice } = tab;
  await untilGone(journal, async () => {
    await dice.weighted(actions)(tab);
    await sleep(dice.whole(0, 60));
  });
}

/** People who sign up one after the other, until the server is gone. */
export async function runSignUps({
  url,
  dice,
  journal,
}: {
  url: string;
  dice: Dice;
  journal: Journal;
}): Promise<void> {
  await untilGone(journal, async () => {
    const name = canaryOf(`${journal.state.round}/${dice.whole(0, 1_000_000_000)}`);
    await signUp(url, name, journal);
    await sleep(dice.whole(100, 900));
  });
}

async function untilGone(journal: Journal, step: () => Promise<void>): Promise<void> {
  try {
    while (!journal.state.isKilled) await step();
  } catch (error) {
    if (!isConnectionLost(error))
      journal.violate('answer', `a client gave up: ${String((error as Error).stack)}`);
    else if (!journal.state.isKilled) journal.violate('reachable', 'a connection was lost before the kill');
  }
}

/** Registers; the name is among the open ones until there is an answer. */
export async function signUp(url: string, name: string, journal: Journal): Promise<Account> {
  const account: Account = { name, cookie: undefined, conversations: [], replies: [], jobs: [] };
  journal.openSignUps.push(name);
  journal.note('sign-up', { name });
  setImmediate(() => journal.moments.emit('sign-up'));
  const told = await clientAt(url, account, journal).call('POST', '/register', {
    username: name,
    password: PASSWORD,
  });
  if (told.status !== 200) throw new Error(`sign-up gave ${told.status}`);
  Object.assign(account, { cookie: told.cookie });
  journal.openSignUps.splice(journal.openSignUps.indexOf(name), 1);
  journal.accounts.push(account);
  journal.note('signed up', { name });
  return account;
}
