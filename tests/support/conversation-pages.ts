import type { Page } from 'playwright-core';
import { eventually, type ConversationJson } from './chat.ts';

/**
 * Gives a conversation of the signed-in person, which has an answer, other versions of it and of its question, and
 * something in the list of drafts and in the archive.
 * @returns the pages that can be seen of it then, by names for files
 */
export async function fillConversation(page: Page, url: string, path: string): Promise<[string, string][]> {
  const headers = { origin: url, accept: 'application/json' };
  const post = (to: string, data: object = {}) => page.request.post(url + to, { headers, data });
  const read = async (at = path) =>
    (await (await page.request.get(url + at, { headers })).json()) as ConversationJson;
  const [question, answer] = (await read()).messages;
  if (!question || !answer) throw new Error('a conversation with an answer is needed');
  const ended = () =>
    eventually(async () => ((await read()).messages.at(-1)?.status === 'complete' ? true : undefined));
  await post(`/messages/${answer.id}/regenerate`, { hint: 'Think of rain.' });
  await ended();
  await post(`/messages/${question.id}/edit`, { content: `${question.content}, and say why` });
  await ended();
  await page.request.put(`${url + path}/draft`, { headers, data: { content: 'Later' } });
  const archived = (await (await post('/conversations', { title: 'Put aside' })).json()) as ConversationJson;
  await page.request.patch(`${url}/conversations/${archived.id}`, { headers, data: { archived: true } });
  const [lastQuestion = '', last = ''] = (await read()).messages.slice(-2).map(({ id }) => id);
  const word = encodeURIComponent(question.content.split(' ').at(-1) ?? '');
  return [
    ['versions', `${path}?at=${answer.id}`],
    ['branches', `${path}/branches`],
    ['compare', `${path}/compare?one=${answer.id}`],
    ['document', `${path}?view=document`],
    ['find', `${path}?in=${word}`],
    ['edit', `${path}?at=${last}&form=${lastQuestion}`],
    ['ask-again', `${path}?at=${answer.id}&form=${answer.id}`],
    ['context', `/messages/${last}/context`],
    ['summarise', `${path}/continuation`],
    ['drafts', '/drafts'],
    ['archive', '/conversations?archived=1'],
    ['search', `/search?q=${word}`],
    ['search-nothing', '/search?q=xylophone+role%3Auser'],
    ['import', '/import'],
    ['temporary', '/?temporary=1'],
  ];
}
