import { createServer, type AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import type { AppError } from '../../src/lib/errors.ts';
import type { ModelServer } from '../support/model-server.ts';
import { textOf } from '../support/model-server-chat.ts';
import { ask, openProvider, setUpProvider } from './setup.ts';

const key = 'sk-secret-canary-0123456789';
let server: ModelServer;
const { cleanUp, open: openWith } = setUpProvider((started) => (server = started));
const open = (env: Record<string, string> = {}) => openWith({ OPENAI_API_KEY: key, ...env });

it('waits as long as asked, says so, and gives one answer', async () => {
  const { provider } = open();
  const asked = await ask(provider, '[[err=429 retry-after=1 times=2 n=3]]');
  expect(asked.text).toBe(textOf(3));
  expect(asked.waiting).toEqual([
    { reason: 'limited', seconds: 1, attempt: 1 },
    { reason: 'limited', seconds: 1, attempt: 2 },
  ]);
  expect(server.calls()).toHaveLength(3);
});

it.each([
  ['retry-after=120', 120],
  ['retry-after=1000000000', 86_400],
  ['retry-after-ms=45000', 45],
  ['retry-after=Fri,_01_Jan_2100_00:00:00_GMT', 86_400],
])('does not wait for %s but says how long', async (header, seconds) => {
  const { provider } = open();
  const asked = await ask(provider, `[[err=429 ${header}]]`);
  expect(asked.error).toMatchObject({ code: 'upstream_limited', params: { seconds } });
  expect(server.calls()).toHaveLength(1);
});

it.each(['retry-after=-5', 'retry-after=soon', 'retry-after=Fri,_01_Jan_1999_00:00:00_GMT', 'retry-after=0'])(
  'takes its own short wait for %s',
  async (header) => {
    const { provider } = open();
    expect((await ask(provider, `[[err=429 ${header} times=1 n=2]]`)).text).toBe(textOf(2));
  },
);

it.each(['code=insufficient_quota', 'code=credit_balance_exhausted', 'message=You_reached_your_spend_limit'])(
  'an exhausted credit (%s) is told as such and not tried again',
  async (words) => {
    const { provider } = open();
    const asked = await ask(provider, `[[err=429 ${words}]]`);
    expect(asked.code).toBe('upstream_no_credit');
    expect(server.calls()).toHaveLength(1);
  },
);

it.each(['500', '502 page', '503', '504', '529', '408', '409'])(
  '%s once is cured by another attempt',
  async (fault) => {
    const { provider } = open();
    const asked = await ask(provider, `[[err=${fault} times=1 n=2]]`);
    expect(asked.text).toBe(textOf(2));
    expect(asked.waiting).toMatchObject([{ reason: 'retry', attempt: 1 }]);
  },
);

it.each([
  ['500', 'upstream_failed'],
  ['502 page', 'upstream_failed'],
  ['504', 'upstream_timeout'],
  ['429', 'upstream_limited'],
])('%s for ever ends after the stated retries with %s', async (fault, code) => {
  const { provider } = open({ OPENAI_MAX_RETRIES: '1' });
  expect((await ask(provider, `[[err=${fault}]]`)).code).toBe(code);
  expect(server.calls()).toHaveLength(2);
});

it.each([
  ['400 code=context_length_exceeded', 'upstream_too_long'],
  ['400 message=maximum_context_length_is_8192', 'upstream_too_long'],
  ['413', 'upstream_too_long'],
  ['400 code=model_not_found', 'upstream_model_missing'],
  ['404', 'upstream_model_missing'],
  ['404 page', 'upstream_bad_answer'],
  ['404 code=unknown_url', 'upstream_bad_answer'],
  ['405 page', 'upstream_bad_answer'],
  ['403 message=Your_organization_must_be_verified_to_use_this_model', 'upstream_not_allowed'],
  ['401', 'upstream_key_refused'],
  ['403', 'upstream_key_refused'],
  ['402', 'upstream_no_credit'],
  ['400', 'upstream_refused'],
  ['422', 'upstream_refused'],
  ['400 code=content_policy_violation', 'upstream_filtered'],
  ['400 code=moderation_blocked', 'upstream_filtered'],
  ['407', 'upstream_unreachable'],
  ['302 location=http://127.0.0.1:9/', 'upstream_bad_answer'],
])('%s is %s and not tried again', async (fault, code) => {
  const { provider } = open();
  expect((await ask(provider, `[[err=${fault}]]`)).code).toBe(code);
  expect(server.calls()).toHaveLength(1);
});

it('names the model that is missing', async () => {
  const { provider } = open();
  const asked = await ask(provider, '[[err=404]]', { model: 'gpt-9' });
  expect(asked.error).toMatchObject({ params: { model: 'gpt-9' } });
});

it('says that a key is missing when none is set', async () => {
  const { provider } = openProvider({ OPENAI_BASE_URL: server.baseUrl }, cleanUp);
  expect((await ask(provider, '[[err=401]]')).code).toBe('upstream_key_missing');
});

it('shows and logs no part of the key, and words of the server only for debugging', async () => {
  const { provider, log } = open();
  const echo = `Incorrect_API_key:_${key},_sk-sec***6789,_canary-0123_of_a_prompt`;
  const asked = await ask(provider, `[[err=401 message=${echo}]]`);
  const seen = JSON.stringify([asked.error, (asked.error as AppError).params]);
  expect(seen).not.toMatch(/canary|Incorrect/);
  expect(JSON.stringify(log.lines)).not.toMatch(/canary|6789|sk-sec/);
  const quiet = log.lines.filter(({ level }) => level !== 'debug');
  expect(JSON.stringify(quiet)).not.toContain('Incorrect');
  expect(JSON.stringify(log.lines)).toContain('Incorrect');
});

it('a refused connection and an unknown name are "cannot reach" with the host', async () => {
  const closed = await closedPort();
  const refused = openProvider(
    { OPENAI_BASE_URL: `http://127.0.0.1:${closed}/v1`, OPENAI_MAX_RETRIES: '1' },
    cleanUp,
  );
  const asked = await ask(refused.provider, 'hello');
  expect(asked.error).toMatchObject({
    code: 'upstream_unreachable',
    params: { host: `127.0.0.1:${closed}` },
  });
  expect(asked.waiting).toMatchObject([{ reason: 'retry' }]);
  const unknown = openProvider(
    { OPENAI_BASE_URL: 'http://nowhere.invalid/v1', OPENAI_MAX_RETRIES: '0' },
    cleanUp,
  );
  expect((await ask(unknown.provider, 'hello')).code).toBe('upstream_unreachable');
});

it('a connection that broke off before the answer may have carried a paid call, which is not repeated', async () => {
  const { provider } = open();
  const asked = await ask(provider, '[[reset]]');
  expect(asked).toMatchObject({ code: 'outcome_unknown', waiting: [] });
  expect(server.calls()).toHaveLength(1);
  // On a connection that was open already too.
  expect((await ask(provider, '[[n=2]]')).text).toBe(textOf(2));
  expect((await ask(provider, '[[reset]]')).code).toBe('outcome_unknown');
  expect(server.calls()).toHaveLength(3);
});

it('something else than TLS on an https address is "cannot reach"', async () => {
  const { provider } = openProvider({ OPENAI_BASE_URL: server.baseUrl.replace('http:', 'https:') }, cleanUp);
  expect((await ask(provider, 'hello')).code).toBe('upstream_unreachable');
});

it('a server that never answers ends at the limit of the first piece, without another attempt', async () => {
  const { provider } = open({ OPENAI_FIRST_PIECE_TIMEOUT: '1' });
  expect((await ask(provider, '[[hang]]')).code).toBe('upstream_timeout');
  expect((await ask(provider, '[[ttft=60000]]')).code).toBe('upstream_timeout');
  expect(server.calls()).toHaveLength(2);
  await expect.poll(() => server.calls().every(({ isAborted }) => isAborted)).toBe(true);
});

async function closedPort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise<void>((resolve) => probe.close(() => resolve()));
  return port;
}
