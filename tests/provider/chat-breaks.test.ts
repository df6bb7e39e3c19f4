import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { MAX_ANSWER_CHARACTERS } from '../../src/provider/chat/completion-reader.ts';
import type { ModelServer } from '../support/model-server.ts';
import { textOf } from '../support/model-server-chat.ts';
import { ask, setUpProvider } from './setup.ts';

const key = 'sk-secret-canary-0123456789';
let server: ModelServer;
const { open: openWith } = setUpProvider((started) => (server = started));
const open = (env: Record<string, string> = {}) => openWith({ OPENAI_API_KEY: key, ...env });

it.each(['stall=3', 'stall=3 keepalive=40', 'n=9 thinking stall=0'])(
  '%s ends at the idle limit with the text so far',
  async (fault) => {
    const { provider } = open({ OPENAI_TIMEOUT: '1' });
    const asked = await ask(provider, `[[n=9 ${fault}]]`);
    expect(asked.text).toBe(fault.includes('thinking') ? '' : textOf(3));
    expect(asked.code).toBe('upstream_timeout');
    await expect.poll(() => server.calls()[0]?.isAborted).toBe(true);
  },
);

it.each(['cut=3', 'cutjson=3', 'die=3', 'badjson=3'])(
  '%s is cut, never complete, never repeated',
  async (fault) => {
    const { provider } = open();
    const asked = await ask(provider, `[[n=9 ${fault}]]`);
    expect(asked.text).toBe(textOf(3));
    expect(asked.code).toBe('upstream_cut');
    expect(server.calls()).toHaveLength(1);
  },
);

it('ends without a finish reason and without [DONE], and is cut', async () => {
  const { provider } = open();
  expect((await ask(provider, '[[n=0 cut=0]]')).code).toBe('upstream_cut');
});

it.each(['n=0 nofinish', 'n=2 nofinish', 'n=2 nullfinish'])(
  '"%s" is complete with [DONE] alone',
  async (form) => {
    const { provider } = open();
    const asked = await ask(provider, `[[${form}]]`);
    expect(asked.outcome?.finishReason).toBe('');
    expect(asked.text).toBe(form.startsWith('n=2') ? textOf(2) : '');
  },
);

const patient = { OPENAI_TIMEOUT: '0.2', OPENAI_FIRST_PIECE_TIMEOUT: '1' };

it('a first piece may take longer than the pieces after it, but not for ever', async () => {
  const { provider } = open(patient);
  expect((await ask(provider, '[[n=2 ttft=600]]')).text).toBe(textOf(2));
  expect((await ask(provider, '[[n=2 stall=0]]')).code).toBe('upstream_timeout');
});

it('comments before the first piece are signs of life', async () => {
  const { provider } = open(patient);
  const stop = new AbortController();
  const asked = ask(provider, '[[n=9 stall=0 keepalive=100]]', { signal: stop.signal });
  expect(await Promise.race([asked, sleep(2500)])).toBeUndefined();
  stop.abort(new Error('enough'));
  expect((await asked).error).toEqual(new Error('enough'));
});

it('an answer without a single event is none', async () => {
  const { provider } = open();
  expect((await ask(provider, '[[empty]]')).code).toBe('upstream_bad_answer');
});

it.each([
  ['errevent=2', 'upstream_failed'],
  ['errdata=2', 'upstream_failed'],
  ['errdata=2 code=content_filter', 'upstream_filtered'],
  ['errdata=0 code=insufficient_quota', 'upstream_no_credit'],
  ['errdata=2 code=402', 'upstream_no_credit'],
  ['errdata=2 code=429', 'upstream_limited'],
  ['finish=error', 'upstream_failed'],
])('%s ends the answer as %s without the words of the server', async (fault, code) => {
  const { provider } = open();
  const asked = await ask(provider, `[[n=5 ${fault}]]`);
  expect(asked.code).toBe(code);
  expect(asked.text).not.toContain('raw words');
  expect(server.calls()).toHaveLength(1);
});

it('one piece of 3 million characters is cut at the limit and the server is told to stop', async () => {
  const { provider } = open();
  const asked = await ask(provider, '[[huge=3000000 stall=0]]');
  expect(asked.code).toBe('upstream_too_large');
  expect(asked.text).toHaveLength(MAX_ANSWER_CHARACTERS);
  await expect.poll(() => server.calls()[0]?.isAborted).toBe(true);
});

it('an event of 10 million characters is not gathered', async () => {
  const { provider } = open();
  expect((await ask(provider, '[[huge=10000000]]')).code).toBe('upstream_too_large');
});

it('100,000 pieces of one answer arrive in order', async () => {
  const { provider } = open();
  expect((await ask(provider, '[[n=100000]]')).text).toBe(textOf(100_000));
});

it('a page instead of a stream is a wrong answer', async () => {
  const { provider } = open();
  expect((await ask(provider, '[[html]]')).code).toBe('upstream_bad_answer');
});

it('a body that stays open after the finish reason does not hold the answer up', async () => {
  const { provider } = open({ OPENAI_TIMEOUT: '60' });
  expect((await ask(provider, '[[n=2 open]]')).outcome?.finishReason).toBe('stop');
}, 45_000);
