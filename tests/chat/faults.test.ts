import { expect, it } from 'vitest';
import de from '../../src/web/words/de.json' with { type: 'json' };
import type { Person } from '../support/chat.ts';
import { setUpChat, type Bench } from '../support/set-up.ts';

let bench: Bench;
let ana: Person;
setUpChat(
  (opened) => ({ bench, ana } = opened),
  { OPENAI_MAX_RETRIES: '1', OPENAI_TIMEOUT: '2' },
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
  ['T140', 'err=401', 'upstream_key_refused'],
  ['T150', 'err=429 code=insufficient_quota', 'upstream_no_credit'],
  ['T149', 'err=429 retry-after=120', 'upstream_limited'],
  ['T151', 'err=502 page', 'upstream_failed'],
  ['T152', 'err=400 code=context_length_exceeded', 'upstream_too_long'],
  ['T152', 'err=404 code=model_not_found', 'upstream_model_missing'],
  ['T153', 'hang', 'upstream_timeout'],
  ['T155', 'empty', 'upstream_cut'],
  ['T155', 'cut=0', 'upstream_cut'],
  ['T157', 'badjson=0', 'upstream_cut'],
  ['T159', 'errevent=0', 'upstream_failed'],
  ['T160', 'err=400 code=content_filter', 'upstream_filtered'],
])(
  '%s: with nothing received (%s) it failed, with a sentence in the reader’s language',
  async (_id, words, code) => {
    const { message, done, page } = await answerTo(words);
    expect(message).toMatchObject({ status: 'failed', content: '', error: { code } });
    expect(message.error?.message).toMatch(/[a-zäöü]+ [a-zäöü]+.*[.…]$/i);
    expect(message.error?.message).not.toMatch(/\b(the|model server|please|again)\b/i);
    const shown = escaped(message.error?.message ?? '');
    expect(page).toContain(shown);
    expect(String(done?.data['html'])).toContain(shown);
    expect(page).not.toMatch(/secret-proxy-name|raw words of the server|test error|test-key/);
    expect(page).toContain(`/replies/${message.id}/continue`);
  },
);

it.each([
  ['T155', 'cut=2', 'upstream_cut'],
  ['T155', 'cutjson=2', 'upstream_cut'],
  ['T155', 'nofinish n=2', 'upstream_cut'],
  ['T155', 'nullfinish n=2', 'upstream_cut'],
  ['T154', 'stall=2', 'upstream_timeout'],
  ['T154', 'stall=2 keepalive=100', 'upstream_timeout'],
  ['T157', 'badjson=2', 'upstream_cut'],
  ['T159', 'errevent=2', 'upstream_failed'],
  ['T159', 'errdata=2', 'upstream_failed'],
  ['T155', 'die=2', 'upstream_cut'],
])(
  '%s, I10: with text received (%s) it is interrupted, its text is kept, and it can go on',
  async (_id, words, code) => {
    const { message, done, page } = await answerTo(words);
    expect(message).toMatchObject({ status: 'interrupted', content: 'wört0 wört1 ', error: { code } });
    expect(message).not.toHaveProperty('finish_reason');
    expect(done?.data['message']).toMatchObject({ status: 'interrupted', content: 'wört0 wört1 ' });
    expect(page).toContain('wört0 wört1');
    expect(page).toContain(escaped(message.error?.message ?? ''));
    expect(page).toContain(`/replies/${message.id}/continue`);
    expect(page).not.toMatch(/raw words of the server/);
  },
);

it.each([
  ['T160', 'n=2 finish=length', 'length', true],
  ['T160', 'n=2 finish=content_filter', 'content_filter', false],
  ['T160', 'n=2 finish=tool_calls', 'tool_calls', false],
  ['T160', 'n=2 finish=stop twice', 'stop', false],
  ['T160', 'n=2 refusal', 'stop', false],
  ['T157', 'n=2 odd', 'stop', false],
  ['T157', 'n=2 crlf slices', 'stop', false],
  ['T169', 'n=2 usage=none', 'stop', false],
  ['T169', 'n=2 usage=negative', 'stop', false],
  ['T153', 'n=2 ttft=300', 'stop', false],
])('%s: a real finish (%s) is complete', async (_id, words, reason, canContinue) => {
  const { message, page } = await answerTo(words);
  expect(message).toMatchObject({ status: 'complete', finish_reason: reason, content: 'wört0 wört1 ' });
  expect(message).not.toHaveProperty('error');
  expect(page.includes(`/replies/${message.id}/continue`)).toBe(canContinue);
});

it('T148: a short wait is no error: one answer, two calls', async () => {
  const calls = bench.model.calls().length;
  const { message } = await answerTo('n=2 err=503 times=1');
  expect(message).toMatchObject({ status: 'complete', content: 'wört0 wört1 ' });
  expect(bench.model.calls().length).toBe(calls + 2);
});

it('T161: an answer beyond the limit is cut there, and said to be', async () => {
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
