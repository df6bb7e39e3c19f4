import { expect, it } from 'vitest';
import { eventually, type ExchangeJson, type Person } from '../support/chat.ts';
import type { Strings } from '../support/puppet.ts';
import { setUpPuppets, type Bench } from '../support/set-up.ts';

let bench: Bench;
let ana: Person;
let strings: Strings;
const { asked } = setUpPuppets((opened) => ({ bench, ana, strings } = opened));

const documentOf = (id: string, more = '') => ana.page(`/conversations/${id}?view=document${more}`);

async function answer(word: string, text: string): Promise<void> {
  const call = await strings.next(word);
  call.say(text);
  call.finish();
}

it('writes a branch as an article with a table of contents, without bubbles and without a composer', async () => {
  const { id, message, reply, call } = await asked();
  call.say('## Towers\n\nA **tower**.');
  call.finish();
  await ana.ended(id, reply.id);
  const next = await ana.ask(id, 'And the <lamp>?\nIt has two lines.', { parent_id: reply.id });
  await answer('And the <lamp>?', 'It turns.');
  await ana.ended(id, next.reply.id);
  const { status, headers, body } = await documentOf(id);
  expect(status).toBe(200);
  expect(headers.get('content-type')).toContain('text/html');
  expect(body).toContain(`href="#message-${next.message.id}">And the &lt;lamp&gt;?</a>`);
  expect(body).toContain(`<h2 id="message-${message.id}" dir="auto">1. ${message.content}</h2>`);
  expect(body).toContain('>And the &lt;lamp&gt;?\nIt has two lines.</blockquote>');
  expect(body).toMatch(/<h3[^>]*>Towers<\/h3>/);
  expect(body).toContain('<strong>tower</strong>');
  expect(body).not.toMatch(/<form|<script|class="bubble"/);
  expect(body.trim().endsWith('</html>')).toBe(true);
});

it('writes the branch that is asked for, and is linked from the page that shows it', async () => {
  const { id, message, reply, call } = await asked();
  call.finish();
  await ana.ended(id, reply.id);
  const edited = await ana.call<ExchangeJson>('POST', `/messages/${message.id}/edit`, {
    content: 'otherwise',
  });
  await answer('otherwise', 'Yes.');
  await ana.ended(id, edited.body.reply.id);
  expect((await documentOf(id)).body).toContain('1. otherwise');
  const first = (await documentOf(id, `&at=${message.id}`)).body;
  expect(first).toContain(`1. ${message.content}`);
  expect(first).not.toContain('otherwise');
  const page = await ana.page(`/conversations/${id}?at=${message.id}`);
  expect(page.body).toContain(`href="/conversations/${id}?view=document&amp;at=${reply.id}"`);
});

it('writes a long conversation whole, each message once and in order', async () => {
  const { id, reply, call } = await asked();
  call.say('word '.repeat(60_000));
  call.finish();
  await ana.ended(id, reply.id);
  let parent = reply.id;
  for (let i = 0; i < 45; i += 1) {
    const exchange = await ana.ask(id, `Point ${i}.`, { parent_id: parent });
    (await strings.next(`Point ${i}.`)).finish();
    await ana.ended(id, exchange.reply.id);
    parent = exchange.reply.id;
  }
  const { body } = await documentOf(id);
  const numbers = [...body.matchAll(/<h2 id="message-\w+" dir="auto">(\d+)\. /g)].map(([, number]) =>
    Number(number),
  );
  expect(numbers).toEqual(Array.from({ length: 46 }, (_, i) => i + 1));
  expect(new Set(body.match(/ id="message-\w+"/g)).size).toBe(92);
});

it('shows what is there of an answer that is being written', async () => {
  const { id, call } = await asked();
  call.say('The beginning of');
  const body = await eventually(async () => {
    const page = await documentOf(id);
    return page.body.includes('The beginning of') ? page.body : undefined;
  });
  expect(body).toContain('This answer is still being written.');
  call.finish();
});

it('has none for conversations that are not there or of others, nor for messages of other conversations', async () => {
  const { id, reply, call } = await asked();
  call.finish();
  await ana.ended(id, reply.id);
  const other = await asked();
  other.call.finish();
  expect((await documentOf(id, `&at=${other.reply.id}`)).status).toBe(404);
  const ben = await bench.person('Ben');
  expect((await ben.page(`/conversations/${id}?view=document`)).status).toBe(404);
  const { body } = await ana.call<{ id: string }>('POST', '/conversations', { title: 'Nothing yet' });
  expect((await documentOf(body.id)).body).toContain('There are no messages in this conversation yet.');
});
