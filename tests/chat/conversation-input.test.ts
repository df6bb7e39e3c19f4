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
