import { expect, it } from 'vitest';
import { startSalon } from '../support/salon.ts';
import { settingsFor, signUpAt } from '../support/chat.ts';
import { query } from '../support/database.ts';
import { json, type ModelServer } from '../support/model-server.ts';
import { readConfig } from '../../src/platform/config.ts';
import { providerCommands } from '../../src/provider/self-test/commands.ts';
import type { CheckResult } from '../../src/provider/self-test/self-test.ts';
import { setUpProvider } from './setup.ts';

let server: ModelServer;
const { cleanUp, open } = setUpProvider((started) => (server = started));
const test = (signal = new AbortController().signal) => open().provider.test({ signal });
const outcomes = (results: CheckResult[]) =>
  Object.fromEntries(results.map(({ name, outcome }) => [name, outcome]));

/** A server whose model reads images and calls tools, and thinks in the open. */
function speakAll() {
  server.script(({ request, response }) => {
    if (!request.path.endsWith('/chat/completions') || request.body['tools'] === undefined) return false;
    const call = { id: 'c', type: 'function', function: { name: 'answer', arguments: '{"word":"yes"}' } };
    json(response, 200, { choices: [{ message: { tool_calls: [call] }, finish_reason: 'tool_calls' }] });
    return true;
  });
}

it('says of each thing that it works, with its time', async () => {
  speakAll();
  const results = await test();
  expect(outcomes(results)).toEqual({
    list: 'works',
    chat: 'works',
    stream: 'works',
    usage: 'works',
    thinking: 'not_offered',
    vision: 'works',
    tools: 'works',
    images: 'works',
  });
  expect(results.filter(({ ms }) => ms === 0).map(({ name }) => name)).toEqual(['usage', 'thinking']);
  expect(server.calls()).toHaveLength(5);
  const vision = JSON.stringify(server.calls()[2]?.body);
  expect(vision).toContain('data:image/png;base64,');
});

it('asks in the other protocol where chat does', async () => {
  server.script(({ request, response }) => {
    if (request.path !== '/v1/responses') return false;
    const done = (output: object[]) => ({ object: 'response', status: 'completed', output, error: null });
    const message = { type: 'message', content: [{ type: 'output_text', text: 'yes' }] };
    const call = { type: 'function_call', name: 'answer', arguments: '{"word":"yes"}' };
    const thought = { type: 'reasoning', summary: [{ type: 'summary_text', text: 'Hm.' }] };
    json(response, 200, done(request.body['tools'] === undefined ? [thought, message] : [call]));
    return true;
  });
  const opened = open({ OPENAI_API: 'responses' });
  const results = await opened.provider.test({ signal: new AbortController().signal });
  expect(outcomes(results)).toMatchObject({
    chat: 'works',
    thinking: 'works',
    vision: 'works',
    tools: 'works',
  });
  expect(JSON.stringify(server.calls()[2]?.body)).toContain('input_image');
});

it('says what was refused in the words of the server, without the key', async () => {
  server.script(({ request, response }) => {
    if (!JSON.stringify(request.body).includes('image_url')) return false;
    json(response, 400, { error: { message: 'No images, sk-test-1234567890 or not.' } });
    return true;
  });
  const results = await test();
  const vision = results.find(({ name }) => name === 'vision');
  expect(vision).toMatchObject({ outcome: 'refused' });
  expect(vision?.words).toMatch(/^400 No images, /);
  expect(vision?.words).not.toContain('1234567890');
  expect(outcomes(results)).toMatchObject({ chat: 'works', tools: 'not_offered' });
});

it('says that there is no answer, and that nothing paints', async () => {
  server.setModels({ data: [{ id: 'llama' }] });
  server.script(({ request, response }) => {
    if (!request.path.endsWith('/chat/completions')) return false;
    response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Sign in</h1>');
    return true;
  });
  const results = await test();
  expect(outcomes(results)).toMatchObject({
    list: 'works',
    chat: 'failed',
    stream: 'failed',
    images: 'not_offered',
  });
  expect(results.find(({ name }) => name === 'chat')?.words).toBe('upstream_bad_answer');
});

it('sees thoughts, and stops when it is told to', async () => {
  server.script(({ request, response }) => {
    if (!request.path.endsWith('/chat/completions')) return false;
    const message = { content: 'yes', reasoning_content: 'Hm.' };
    json(response, 200, { choices: [{ message, finish_reason: 'stop' }] });
    return true;
  });
  expect(outcomes(await test())).toMatchObject({ thinking: 'works', usage: 'not_offered' });
  const stopped = new Error('enough');
  await expect(test(AbortSignal.abort(stopped))).rejects.toBe(stopped);
});

it('is for administrators, booked call by call, and shown on the page', async () => {
  const salon = await startSalon(settingsFor(server));
  cleanUp.push(() => salon.close());
  const [ana, ben] = [await signUpAt(salon.url, 'Ana'), await signUpAt(salon.url, 'Ben')];
  expect((await ben.form('/admin/models/test')).status).toBe(403);
  const tried = await ana.form('/admin/models/test');
  expect(tried.status).toBe(200);
  expect(tried.body).toContain('An answer word by word');
  const booked = query<{ kind: string; outcome: string }>(
    salon.dir,
    'select kind, outcome from ledger_entries',
  );
  expect(booked.map(({ kind }) => kind).sort()).toEqual(['chat', 'chat', 'chat', 'chat', 'image']);
  expect(booked.every(({ outcome }) => outcome === 'complete')).toBe(true);
  const { body } = await ana.call<{ results: CheckResult[] }>('POST', '/admin/models/test');
  expect(body.results).toHaveLength(8);
});

it('has nothing to test where the demo answers', async () => {
  const salon = await startSalon();
  cleanUp.push(() => salon.close());
  const ana = await signUpAt(salon.url, 'Ana');
  expect((await ana.page('/admin/models')).body).not.toContain('/admin/models/test');
  expect((await ana.call<{ results: CheckResult[] }>('POST', '/admin/models/test')).body.results).toEqual([]);
});

it('can be done by command, before the first start', async () => {
  const { code, lines } = await command({
    OPENAI_BASE_URL: server.baseUrl,
    OPENAI_API_KEY: 'sk-test-1234567890',
  });
  expect(code).toBe(0);
  expect(lines[0]).toBe(new URL(server.url).host);
  expect(lines[2]).toMatch(/^ {2}chat {6}works +\d+ ms$/);
  const demo = await command({ OPENAI_BASE_URL: 'demo' });
  expect(demo.code).toBe(1);
  expect(demo.lines[0]).toContain('OPENAI_BASE_URL');
});

async function command(env: Record<string, string>) {
  const lines: string[] = [];
  const say = (line: string) => void lines.push(line);
  const [command] = providerCommands(() => readConfig('/nowhere', env));
  const code = await command?.run([], { out: say, err: say, askSecret: () => Promise.resolve('') });
  return { code, lines };
}
