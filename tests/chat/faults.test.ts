import { expect, it } from 'vitest';
import de from '../../src/web/locales/de.json' with { type: 'json' };
import type { Person } from '../support/chat.ts';
import { setUpChat, type Bench } from '../support/set-up.ts';

let bench: Bench;
let ana: Person;
setUpChat(
  (opened) => ({ bench, ana } = opened),
  { OPENAI_MAX_RETRIES: '1', OPENAI_TIMEOUT: '2', OPENAI_FIRST_PIECE_TIMEOUT: '2' },
  { 'accept-language': 'de' },
);

async function answerTo(words: string) {
  const { id, reply } = await ana.begin({ content: `Frage [[${words}]]` });
  const following = ana.follow(reply.id);
  const message = await ana.ended(id, reply.id);
  const { events } = await following;
  return { message, id, done: events.at(-1), page: (await ana.page(`/conversations/${id}`)).body };
}

it.each([
  ['err=401', 'upstream_key_refused'],
  ['err=429 code=insufficient_quota', 'upstream_no_credit'],
  ['err=429 retry-after=120', 'upstream_limited'],
  ['err=502 page', 'upstream_failed'],
  ['err=400 code=context_length_exceeded', 'upstream_too_long'],
  ['err=404 code=model_not_found', 'upstream_model_missing'],
  ['hang', 'upstream_timeout'],
  ['empty', 'upstream_bad_answer'],
  ['cut=0', 'upstream_cut'],
  ['badjson=0', 'upstream_cut'],
  ['errevent=0', 'upstream_failed'],
  ['err=400 code=content_filter', 'upstream_filtered'],
])('with nothing received (%s) it failed, with a sentence in the reader’s language', async (words, code) => {
  const { message, done, page } = await answerTo(words);
  expect(message).toMatchObject({ status: 'failed', content: '', error: { code } });
  expect(message.error?.message).toMatch(/[a-zäöü]+ [a-zäöü]+.*[.…]$/i);
  expect(message.error?.message).not.toMatch(/\b(the|model server|please|again)\b/i);
  const shown = escaped(message.error?.message ?? '');
  expect(page).toContain(shown);
  expect(String(done?.data['html'])).toContain(shown);
  expect(page).not.toMatch(/secret-proxy-name|raw words of the server|test error|test-key/);
  expect(page).toContain(`/replies/${message.id}/continue`);
});

it.each([
  ['cut=2', 'upstream_cut'],
  ['cutjson=2', 'upstream_cut'],
  ['stall=2', 'upstream_timeout'],
  ['stall=2 keepalive=100', 'upstream_timeout'],
  ['badjson=2', 'upstream_cut'],
  ['errevent=2', 'upstream_failed'],
  ['errdata=2', 'upstream_failed'],
  ['die=2', 'upstream_cut'],
])('with text received (%s) it is interrupted, its text is kept, and it can go on', async (words, code) => {
  const { message, done, page } = await answerTo(words);
  expect(message).toMatchObject({ status: 'interrupted', content: 'wört0 wört1 ', error: { code } });
  expect(message).not.toHaveProperty('finish_reason');
  expect(done?.data['message']).toMatchObject({ status: 'interrupted', content: 'wört0 wört1 ' });
  expect(page).toContain('wört0 wört1');
  expect(page).toContain(escaped(message.error?.message ?? ''));
  expect(page).toContain(`/replies/${message.id}/continue`);
  expect(page).not.toMatch(/raw words of the server/);
});

it.each([
  ['n=2 finish=length', 'length', true],
  ['n=2 finish=content_filter', 'content_filter', false],
  ['n=2 finish=tool_calls', 'tool_calls', false],
  ['n=2 finish=stop twice', 'stop', false],
  ['n=2 refusal', 'stop', false],
  ['n=2 odd', 'stop', false],
  ['n=2 crlf slices', 'stop', false],
  ['n=2 usage=none', 'stop', false],
  ['n=2 usage=negative', 'stop', false],
  ['n=2 ttft=300', 'stop', false],
])('a real finish (%s) is complete', async (words, reason, canContinue) => {
  const { message, page } = await answerTo(words);
  expect(message).toMatchObject({ status: 'complete', finish_reason: reason, content: 'wört0 wört1 ' });
  expect(message).not.toHaveProperty('error');
  expect(page.includes(`/replies/${message.id}/continue`)).toBe(canContinue);
});

it('a short wait is no error: one answer, two calls', async () => {
  const calls = bench.model.calls().length;
  const { message } = await answerTo('n=2 err=503 times=1');
  expect(message).toMatchObject({ status: 'complete', content: 'wört0 wört1 ' });
  expect(bench.model.calls().length).toBe(calls + 2);
});

it('an answer beyond the limit is cut there, and said to be', async () => {
  const { message } = await answerTo('huge=2100000 n=1');
  expect(message).toMatchObject({ status: 'interrupted', error: { code: 'upstream_too_large' } });
  expect(message.content).toHaveLength(2_000_000);
});

it('says in the page that an answer is empty, or was left out by a filter', async () => {
  expect((await answerTo('n=0')).page).toContain(escaped(de.chat.notes.empty));
  expect((await answerTo('n=1 finish=content_filter')).page).toContain(escaped(de.chat.notes.filtered));
});

const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll("'", '&#39;');
