import { readEvents } from '../support/events.ts';
import { clientAt, PASSWORD } from './client.ts';
import type { Journal } from './journal.ts';
import { newSend } from './sends.ts';
import type { Tab } from './tab.ts';

/** Orders images on their own or in a conversation, then waits for them, cancels them, or looks away. */
export async function orderImages(tab: Tab, kind: 'studio' | 'image'): Promise<void> {
  const { client, account, dice, journal } = tab;
  const conversationId = dice.pick(account.conversations.slice(-3));
  if (kind === 'image' && !conversationId) return;
  const send = newSend(tab, kind, conversationId);
  if (!(await client.send(send)) || dice.chance(0.3)) return;
  const jobId = send.answer?.jobId;
  if (!jobId) return;
  account.jobs.push({ id: jobId, send });
  if (dice.chance(0.1)) {
    await client.call('POST', `/jobs/${jobId}/cancel`);
    return;
  }
  await readEvents(`${client.url}/jobs/${jobId}/events`, {
    cookie: account.cookie ?? '',
    until: ({ data }) => {
      journal.inspect(account, JSON.stringify(data), `the events of ${send.key}`);
      promiseImages(journal, data['job']);
      return false;
    },
  });
}

/** Pays again for images that were not made, or whose outcome is unknown: only ever because a person asks for it. */
export async function retryImages({ client, account, dice, journal }: Tab): Promise<void> {
  const chosen = dice.pick(account.jobs);
  if (!chosen) return;
  account.jobs = account.jobs.filter((job) => job !== chosen);
  chosen.send.actions += 1;
  journal.note('retry', { id: chosen.id });
  const { status } = await client.call('POST', `/jobs/${chosen.id}/retry`);
  if (status === 200) journal.count('image jobs tried again');
  else if (status !== 409 && status !== 429) journal.violate('answer', `retry gave ${status}`);
}

/** An image that was shown as ready stays so. */
function promiseImages(journal: Journal, job: unknown): void {
  for (const { id, filename } of (job as { images: { id: string; filename: string }[] }).images)
    journal.promises.push({
      what: `the image ${id}`,
      sql: `select status || ' ' || filename as value from images where id = ?`,
      params: [id],
      expected: `ready ${filename}`,
    });
}

/** Reads a page as a browser gets it. */
export async function look({ client, account, dice, journal }: Tab): Promise<void> {
  const own = (dice.pick(account.conversations) ?? '').replace(/^(?=.)/, '/conversations/');
  const path = dice.pick(['/', '/images', '/history', '/conversations', own || '/settings']) ?? '/';
  const { status } = await client.page(path);
  if (status !== 200) journal.violate('answer', `the page ${path} gave ${status}`);
}

/** The last title that was acknowledged stays. */
export async function rename({ client, account, dice, journal, name }: Tab): Promise<void> {
  const id = account.conversations.at(-1);
  // Of two tabs that rename at once nobody could say which one is right.
  if (!id || !name.endsWith('-0')) return;
  const what = `the title of ${id}`;
  journal.promises = journal.promises.filter((promise) => promise.what !== what);
  const title = `${account.name} ${dice.whole(0, 1_000_000_000)}`;
  const { status } = await client.call('PATCH', `/conversations/${id}`, { title });
  if (status !== 200) return journal.violate('answer', `rename gave ${status}`);
  journal.promises.push({
    what,
    sql: 'select title as value from conversations where id = ?',
    params: [id],
    expected: title,
  });
}

/** A session that was ended on another device stays ended. */
export async function signOutElsewhere({ client, account, journal }: Tab): Promise<void> {
  const told = await client.call(
    'POST',
    '/login',
    { username: account.name, password: PASSWORD },
    { cookie: '' },
  );
  const other = clientAt(client.url, { ...account, cookie: told.cookie }, journal);
  const { status } = await other.call('POST', '/logout');
  if (status !== 204) return journal.violate('answer', `sign-out gave ${status}`);
  journal.endedCookies.push(told.cookie);
}
