import { expect, it } from 'vitest';
import type { Person } from '../support/chat.ts';
import { setUpChat } from '../support/set-up.ts';

let ana: Person;
setUpChat((opened) => ({ ana } = opened));

it.each(['x', '1-2', '-', "1' or 1=1", '99999999999999999999-00000000000000000000000000'])(
  'refuses the cursor %s with 422',
  async (cursor) => {
    expect((await ana.call('GET', `/conversations?cursor=${encodeURIComponent(cursor)}`)).status).toBe(422);
  },
);

it.each([
  [{ title: '   ' }, 'title'],
  [{ title: 5 }, 'title'],
  [{ title: 'x'.repeat(2001) }, 'title'],
  [{ parameters: { temperature: 9 } }, 'parameters.temperature'],
  [{ parameters: { max_tokens: 1.5 } }, 'parameters.max_tokens'],
  [{ pinned: 'perhaps', archived: [] }, 'archived'],
  [{ system_prompt: 'x'.repeat(50_001) }, 'system_prompt'],
  [{ effort: 'much' }, 'effort'],
])('refuses the change %o with 422', async (change, field) => {
  const { id } = await ana.begin({ title: 'Stays' });
  const { status, body } = await ana.call<{ code: string; errors: { field: string }[] }>(
    'PATCH',
    `/conversations/${id}`,
    change,
  );
  expect(status).toBe(422);
  expect(body.errors.map((error) => error.field)).toContain(field);
  expect((await ana.read(id)).title).toBe('Stays');
});

it.each([
  [{ content: '' }, 422],
  [{ content: ' \n ' }, 422],
  [{ content: 7 }, 422],
  [{ content: 'x'.repeat(200_001) }, 422],
  [{ title: ['a'] }, 422],
  [[1, 2], 400],
  ['text', 400],
])('refuses to begin with %o', async (body, status) => {
  expect((await ana.call('POST', '/conversations', body)).status).toBe(status);
});

it('stores instructions and summaries in the form that messages have, in whichever way they come', async () => {
  const typed = '  Be brief.\r\nUse \ud800 no\u0000thing.\r\n ';
  const stored = 'Be brief.\nUse \ufffd no\ufffdthing.';
  const begun = await ana.begin({ title: 'Told', system_prompt: typed });
  expect(begun['system_prompt']).toBe(stored);
  const { body } = await ana.call<Record<string, string>>('PATCH', `/conversations/${begun.id}`, {
    system_prompt: `${typed}Always.`,
    summary: typed,
  });
  expect(body).toMatchObject({ system_prompt: `${stored}\n Always.`, summary: stored });
  // A form sends two characters for each line end, which are counted as one.
  const lines = 'x\r\n'.repeat(25_000);
  expect((await ana.form(`/conversations/${begun.id}`, { system_prompt: lines })).status).toBe(303);
});

it('knows a model and a message by their names however these are written', async () => {
  const composed = await ana.begin({
    title: 'Caf\u00e9',
    client_id: ' caf\u00e9\u200e ',
    model: ' mod\u0000el\ud800 ',
  });
  expect(composed['model']).toBe('mod\ufffdel\ufffd');
  expect((await ana.begin({ title: 'Another', client_id: 'cafe\u0301' })).id).toBe(composed.id);
});
