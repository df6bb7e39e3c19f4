import { expect, it } from 'vitest';
import type { Salon } from '../support/salon.ts';
import { setUpAgents } from '../support/set-up.ts';

let salon: Salon;
setUpAgents(['Ana'], (...opened) => ([salon] = opened));

const typed = 'Eine Mühle & "ein Boot" <b>\nam Abend';
const escaped = 'Eine Mühle &amp; &quot;ein Boot&quot; &lt;b&gt;\nam Abend';

/** Sends a form after the session has ended, signs in as the page says, and follows. @returns the page reached */
async function signInAfter(path: string, field: string, text: string) {
  const visitor = salon.visitor();
  const refused = await visitor
    .post(path)
    .type('form')
    .set('accept', 'text/html')
    .send({ [field]: text })
    .expect(303);
  const address = new URL(String(refused.headers['location']), salon.url);
  const entered = await visitor
    .post('/login')
    .type('form')
    .set('accept', 'text/html')
    .send({ username: 'Ana', password: 'correct horse 1', next: address.searchParams.get('next') ?? '' })
    .expect(303);
  return visitor.get(String(entered.headers['location'])).set('accept', 'text/html').expect(200);
}

it.each([
  ['/images', 'prompt'],
  ['/conversations', 'content'],
])('gives back what was typed into the form of %s when the session had ended', async (path, field) => {
  expect((await signInAfter(path, field, typed)).text).toContain(escaped);
});

it('lands on the first page when there is more text than an address can carry', async () => {
  const page = await signInAfter('/images', 'prompt', 'long '.repeat(5000));
  expect(page.text).toContain('id="composer"');
});
