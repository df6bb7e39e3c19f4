import { beforeAll, expect, it } from 'vitest';
import { eventually, type ConversationJson, type Person } from '../support/chat.ts';
import { query } from '../support/database.ts';
import type { Puppet, Strings } from '../support/puppet.ts';
import { setUpPuppets, type Bench } from '../support/set-up.ts';

let bench: Bench;
let ana: Person;
let ben: Person;
let strings: Strings;
setUpPuppets((opened) => ({ bench, ana, strings } = opened), { OPENAI_MAX_RETRIES: '0' });
beforeAll(async () => void (ben = await bench.person('Ben')));

type SummaryJson = { status: string; summary?: string; outdated?: boolean; error?: { code: string } };
const rows = (sql: string, ...params: unknown[]) => query(bench.salon.dir, sql, ...params);
const summaryOf = async (id: string) =>
  (await ana.call<SummaryJson>('GET', `/conversations/${id}/continuation`)).body;
const goOn = (id: string, body: object, person = ana) =>
  person.call<ConversationJson>('POST', `/conversations/${id}/continuation`, body);

function finish(call: Puppet, text: string): void {
  call.say(text);
  call.finish();
}
async function exchange(id: string, question: string): Promise<Puppet> {
  const { reply } = await ana.ask(id, question);
  const call = await strings.next(question);
  finish(call, `About ${question}.`);
  await ana.ended(id, reply.id);
  return call;
}
async function begun(word: string, more: object = {}): Promise<string> {
  const { id } = await ana.begin({ title: word, ...more });
  await exchange(id, `${word} one`);
  await exchange(id, `${word} two`);
  return id;
}
/** Has the summary begun, and gives the call to the model. */
async function asked(id: string, word: string): Promise<Puppet> {
  const begin = await ana.call<SummaryJson>('POST', `/conversations/${id}/continuation/summary`);
  expect(begin).toMatchObject({ status: 202, body: { status: 'running' } });
  return strings.next(`${word} one`);
}
const ended = (id: string) =>
  eventually(async () => {
    const summary = await summaryOf(id);
    return summary.status === 'running' ? undefined : summary;
  });

it('has the model of the conversation write a summary of the whole branch, and books it', async () => {
  const id = await begun('tides', { model: 'gpt-4o', system_prompt: 'Talk like a pirate.' });
  const call = await asked(id, 'tides');
  expect(call.body['model']).toBe('gpt-4o');
  expect(call.turns.map(({ role }) => role)).toEqual(['system', 'user']);
  expect(call.turns[1]?.content).toBe(
    'Question: tides one\n\nAnswer: About tides one.\n\nQuestion: tides two\n\nAnswer: About tides two.',
  );
  const again = await ana.call('POST', `/conversations/${id}/continuation/summary`);
  expect(again.status).toBe(202);
  const calls = strings.calls();
  finish(call, ' Two tides a day. ');
  expect(await ended(id)).toEqual({ status: 'complete', summary: 'Two tides a day.', outdated: false });
  expect(strings.calls()).toBe(calls);
  const booked = await eventually(() => {
    const found = rows(
      `select purpose, model from ledger_entries where subject_id = ? and purpose = 'summary'`,
      id,
    );
    return found.length > 0 ? found : undefined;
  });
  expect(booked).toEqual([{ purpose: 'summary', model: 'gpt-4o' }]);
  await exchange(id, 'tides three');
  expect(await summaryOf(id)).toMatchObject({ status: 'complete', outdated: true });
});

it('opens a conversation that sends the summary, shows it and links both', async () => {
  const id = await begun('moon', { model: 'gpt-4o', system_prompt: 'Be brief.' });
  await ana.call('PATCH', `/conversations/${id}`, { parameters: { temperature: 0.5 } });
  const made = await goOn(id, { summary: 'The <moon> pulls.' });
  expect(made).toMatchObject({
    status: 201,
    body: {
      title: 'Continued: moon',
      model: 'gpt-4o',
      system_prompt: 'Be brief.',
      parameters: { temperature: 0.5 },
      origin: { kind: 'summary', conversation_id: id },
    },
  });
  const next = made.body.id;
  const call = await exchange(next, 'And the sun?');
  expect(call.turns.map(({ role }) => role)).toEqual(['system', 'user']);
  expect(call.turns[0]?.content).toMatch(/^Be brief\.\n\n.*summary:\n\nThe <moon> pulls\.$/s);
  const page = (await ana.page(`/conversations/${next}`)).body;
  expect(page).toContain(`Summary of</span> <a dir="auto" href="/conversations/${id}">moon</a>`);
  expect(page).toContain('The &lt;moon&gt; pulls.');
  expect((await ana.page(`/conversations/${id}`)).body).toContain(
    `Continued in</span> <a dir="auto" href="/conversations/${next}">`,
  );
});

it('stands in exports of the new conversation', async () => {
  const id = await begun('exported');
  const next = (await goOn(id, { summary: 'The <exported> part.' })).body.id;
  const text = async (format: string) =>
    (await ana.page(`/conversations/${next}/export?format=${format}`)).body;
  expect(await text('md')).toContain('## Summary of the earlier conversation\n\nThe <exported> part.');
  expect(await text('html')).toContain('The &lt;exported&gt; part.</div>');
  expect(JSON.parse(await text('json'))).toMatchObject({
    origin: { conversation_id: id, kind: 'summary', summary: 'The <exported> part.' },
  });
});

it('lists the summary under what the model saw', async () => {
  const id = await begun('seen');
  const next = (await goOn(id, { summary: 'What was seen.' })).body.id;
  await exchange(next, 'seen next');
  const reply = (await ana.read(next)).messages.at(-1);
  type Seen = {
    context: { origin_summary: string | null; instructions: unknown; tokens: { instructions: number } };
  };
  const { context } = (await ana.call<Seen>('GET', `/messages/${reply?.id}/context`)).body;
  expect(context).toMatchObject({ origin_summary: 'What was seen.', instructions: null });
  expect(context.tokens.instructions).toBeGreaterThan(0);
  const page = (await ana.page(`/messages/${reply?.id}/context`)).body;
  expect(page).toMatch(/Summary of the earlier conversation<\/h2>\s*<blockquote[^>]*>What was seen\.</);
});

it('sends the summary on from a fork, and into the summary of a continuation', async () => {
  const id = await begun('chain');
  const next = (await goOn(id, { summary: 'First part.' })).body.id;
  await exchange(next, 'chain one more');
  const fork = await ana.call<ConversationJson>('POST', `/conversations/${next}/fork`);
  const call = await exchange(fork.body.id, 'chain forked');
  expect(call.turns[0]?.content).toContain('First part.');
  const summary = await asked(next, 'chain');
  expect(summary.turns[1]?.content).toMatch(
    /^Summary of what went before: First part\.\n\nQuestion: chain one more/,
  );
  finish(summary, 'Both parts.');
  expect(await ended(next)).toMatchObject({ summary: 'Both parts.' });
});

it('works as pages alone: waits, shows the summary to be edited, and goes on', async () => {
  const id = await begun('pages');
  const url = `/conversations/${id}/continuation`;
  expect((await ana.page(`/conversations/${id}`)).body).toContain(`href="${url}"`);
  const first = (await ana.page(url)).body;
  expect(first).toContain('Write the summary');
  expect(first).toMatch(/<textarea[^>]*>- pages one\n- pages two<\/textarea>/);
  expect(await ana.form(`${url}/summary`)).toMatchObject({ status: 303, location: url });
  const waiting = (await ana.page(url)).body;
  expect(waiting).toContain('http-equiv="refresh"');
  expect(waiting).not.toContain('<textarea id="summary"');
  expect((await ana.page(`${url}?write=1`)).body).toContain('- pages two</textarea>');
  finish(await strings.next('pages one'), 'A page.');
  await ended(id);
  const form = (await ana.page(url)).body;
  expect(form).toMatch(/<textarea[^>]*>A page\.<\/textarea>/);
  const clientId = /name="client_id" value="(\w+)"/.exec(form)?.[1] ?? '';
  const fields = { client_id: clientId, summary: 'A page,\r\nedited.', title: 'Further' };
  const made = await ana.form(url, fields);
  expect(made.status).toBe(303);
  expect(await ana.form(url, fields)).toMatchObject({ location: made.location });
  expect(rows('select title, origin_summary from conversations where origin_id = ?', id)).toEqual([
    { title: 'Further', origin_summary: 'A page,\nedited.' },
  ]);
  expect(await summaryOf(id)).toEqual({ status: 'none' });
});

it('says why there is no summary, and lets its person write one', async () => {
  const id = await begun('failing');
  (await asked(id, 'failing')).drop();
  expect((await ended(id)).status).toBe('failed');
  const page = (await ana.page(`/conversations/${id}/continuation`)).body;
  expect(page).toContain('The summary could not be written. The connection to the model server broke off');
  expect(page).toMatch(/<textarea[^>]*>- failing one\n- failing two<\/textarea>/);
  expect((await goOn(id, { summary: 'By hand.' })).status).toBe(201);
});

it('asks no model about a conversation in which nothing was answered', async () => {
  const { id } = await ana.begin({ title: 'empty' });
  const calls = strings.calls();
  await ana.call('POST', `/conversations/${id}/continuation/summary`);
  expect(await ended(id)).toMatchObject({ status: 'failed', error: { code: 'summary_empty' } });
  expect(strings.calls()).toBe(calls);
});

it('refuses a blank summary and one that is too long, and keeps what was typed', async () => {
  const id = await begun('refused');
  expect((await goOn(id, { summary: '  ' })).status).toBe(422);
  expect((await goOn(id, {})).status).toBe(422);
  const page = await ana.form(`/conversations/${id}/continuation`, {
    summary: 'x'.repeat(20_001),
    title: 'Kept',
  });
  expect(page.status).toBe(422);
  expect(page.body).toContain('Use at most 20000 characters.');
  expect(page.body).toContain('value="Kept"');
  expect(page.body).toContain(`${'x'.repeat(20_001)}</textarea>`);
  expect(rows('select 1 from conversations where origin_id = ?', id)).toEqual([]);
});

it('lets its person change the summary, which the next answer is made from', async () => {
  const id = await begun('comet');
  const next = (await goOn(id, { summary: 'The comet comes.' })).body.id;
  const url = `/conversations/${next}/origin-summary`;
  expect((await ana.page(`/conversations/${next}`)).body).toContain(`href="${url}"`);
  expect((await ana.page(url)).body).toContain('The comet comes.</textarea>');
  const refused = await ana.form(url, { summary: ' ' });
  expect(refused.status).toBe(422);
  expect(refused.body).toContain('aria-invalid="true"');
  expect(await ana.form(url, { summary: ' The comet\r\nhas gone. ' })).toMatchObject({
    status: 303,
    location: `/conversations/${next}`,
  });
  expect((await ana.call('GET', url)).body).toEqual({ summary: 'The comet\nhas gone.' });
  const call = await exchange(next, 'And now, comet?');
  expect(call.turns[0]?.content).toMatch(/summary:\n\nThe comet\nhas gone\.$/);
  const changed = await ana.call('POST', url, { summary: 'It is back.' });
  expect(changed).toMatchObject({ status: 200, body: { summary: 'It is back.' } });
});

it('has no summary to change where a conversation goes on from none, or is another person’s', async () => {
  const id = await begun('orbit');
  expect((await ana.call('POST', `/conversations/${id}/origin-summary`, { summary: 'x' })).status).toBe(404);
  const next = (await goOn(id, { summary: 'It turns.' })).body.id;
  expect((await ben.call('POST', `/conversations/${next}/origin-summary`, { summary: 'x' })).status).toBe(
    404,
  );
  expect((await ana.call('GET', `/conversations/${next}/origin-summary`)).body).toEqual({
    summary: 'It turns.',
  });
});

it('summarises and continues nothing of another person', async () => {
  const id = await begun('foreign');
  expect((await goOn(id, { summary: 'Stolen.' }, ben)).status).toBe(404);
  expect((await ben.call('POST', `/conversations/${id}/continuation/summary`)).status).toBe(404);
  expect((await ben.call('GET', `/conversations/${id}/continuation`)).status).toBe(404);
});

it('stays temporary when it goes on from a temporary conversation', async () => {
  const { id, reply } = await ana.begin({ content: 'temporary one', temporary: true });
  finish(await strings.next('temporary one'), 'Gone soon.');
  await ana.ended(id, reply.id);
  expect((await goOn(id, { summary: 'Soon gone.' })).body['temporary']).toBe(true);
});

it('says after a restart that the summary was interrupted', async () => {
  const id = await begun('restart');
  await asked(id, 'restart');
  await bench.salon.restart();
  ana = ana.at(bench.salon.url);
  expect(await summaryOf(id)).toMatchObject({ status: 'failed', error: { code: 'interrupted' } });
});
