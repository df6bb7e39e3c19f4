import { expect, it } from 'vitest';
import { untilText } from '../support/answers.ts';
import type { Person } from '../support/chat.ts';
import { setUpChat, type Bench } from '../support/set-up.ts';

let bench: Bench;
let ana: Person;
setUpChat((opened) => ({ bench, ana } = opened));

it('goes from the form of the start page to the new conversation', async () => {
  const { status, location } = await ana.form('/conversations', {
    content: 'Hello <b>you</b>\r\nnext line [[n=2]]',
    client_id: 'form-1',
  });
  expect(status).toBe(303);
  const id = location.replace('/conversations/', '');
  const whole = await ana.read(id);
  expect(whole.messages[0]?.content).toBe('Hello <b>you</b>\nnext line [[n=2]]');
  await ana.ended(id, whole.messages[1]?.id ?? '');
  const page = await ana.page(location);
  expect(page.status).toBe(200);
  expect(page.body).toContain('Hello &lt;b&gt;you&lt;/b&gt;');
  expect(page.body).toContain('wört0 wört1');
  const again = await ana.form('/conversations', {
    content: 'Hello <b>you</b>\r\nnext line [[n=2]]',
    client_id: 'form-1',
  });
  expect(again.location).toBe(location);
});

it('draws the form again with what was typed when it is refused', async () => {
  const { status, body } = await ana.form('/conversations', { content: 'x'.repeat(200_001) });
  expect(status).toBe(422);
  expect(body).toContain('x'.repeat(1000));
  expect((await ana.form('/conversations', { content: ' ' })).status).toBe(422);
  const { id } = await ana.begin({});
  expect((await ana.form(`/conversations/${id}/messages`, { content: '  ' })).status).toBe(422);
});

it('counts a text as it is stored: line ends of a form are one character', async () => {
  const { status } = await ana.form('/conversations', { content: `[[n=1]]${'\r\n'.repeat(110_000)}end` });
  expect(status).toBe(303);
});

it('answers every form of a conversation with 303', async () => {
  const { id, reply } = await ana.begin({ content: 'One [[n=3]]' });
  await ana.ended(id, reply.id);
  const sent = await ana.form(`/conversations/${id}/messages`, { content: 'Two [[n=1]]' });
  expect(sent).toMatchObject({ status: 303 });
  expect(sent.location).toMatch(new RegExp(`^/conversations/${id}#message-\\w{26}$`));
  expect(await ana.form(`/conversations/${id}`, { title: 'Renamed' })).toMatchObject({
    status: 303,
    location: `/conversations/${id}`,
  });
  expect(await ana.form(`/messages/${reply.id}/regenerate`)).toMatchObject({ status: 303 });
  expect(await ana.form(`/replies/${reply.id}/stop`)).toMatchObject({ status: 303 });
  expect(await ana.form(`/conversations/${id}/delete`)).toMatchObject({
    status: 303,
    location: `/conversations?deleted=${id}`,
  });
  const list = await ana.page(`/conversations?deleted=${id}`);
  expect(list.body).toContain(`/conversations/${id}/restore`);
  expect(await ana.form(`/conversations/${id}/restore`)).toMatchObject({
    status: 303,
    location: `/conversations/${id}`,
  });
  expect((await ana.read(id)).title).toBe('Renamed');
});

it('gives a script the two new messages as a piece of the page', async () => {
  const { id } = await ana.begin({});
  const response = await fetch(`${bench.salon.url}/conversations/${id}/messages`, {
    method: 'POST',
    headers: { cookie: ana.cookie, accept: 'text/html', 'x-fragment': '1' },
    body: new URLSearchParams({ content: 'Piece [[n=1]]' }),
  });
  expect(response.status).toBe(201);
  const html = await response.text();
  expect(html.match(/<article/g)).toHaveLength(2);
  expect(html).not.toContain('<html');
  expect(html).toContain('<reply-feed');
});

it('shows an unknown conversation as a page with 404', async () => {
  const page = await ana.page('/conversations/01k00000000000000000000000');
  expect(page.status).toBe(404);
  expect(page.headers.get('content-type')).toContain('html');
});

it('refreshes the page without scripts while an answer runs, and has no composer then', async () => {
  const { id, reply } = await ana.begin({ content: 'Slow [[n=1000 tps=50]]' });
  const running = (await ana.page(`/conversations/${id}`)).body;
  expect(running).toContain(`http-equiv="refresh" content="2;url=/conversations/${id}"`);
  expect(running).toContain(`/replies/${reply.id}/stop`);
  expect((await ana.page(`/conversations/${id}?write=1`)).body).not.toContain('http-equiv="refresh"');
  await untilText(ana, reply.id);
  await ana.stop(reply.id);
  const over = (await ana.page(`/conversations/${id}`)).body;
  expect(over).not.toContain('http-equiv="refresh"');
  expect(over).toContain(`/replies/${reply.id}/continue`);
});

it('walks through the answers of a question by ?at=', async () => {
  const { id, reply } = await ana.begin({ content: 'Versions [[n=1]]' });
  await ana.ended(id, reply.id);
  const second = await ana.regenerate(reply.id);
  await ana.ended(id, second.id);
  const page = (await ana.page(`/conversations/${id}`)).body;
  expect(page).toContain(`/conversations/${id}?at=${reply.id}#message-${reply.id}`);
  const first = (await ana.page(`/conversations/${id}?at=${reply.id}`)).body;
  expect(first).toContain(`id="message-${reply.id}"`);
  expect(first).not.toContain(`id="message-${second.id}"`);
  // What is written on this page goes on from what it shows.
  expect(first).toContain(`name="parent_id" value="${reply.id}"`);
});
