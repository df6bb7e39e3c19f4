import { expect, it } from 'vitest';
import { RENDERER_VERSION } from '../../src/lib/markdown/markdown.ts';
import { eventually, type Person } from '../support/chat.ts';
import { query } from '../support/database.ts';
import type { Strings } from '../support/puppet.ts';
import { setUpPuppets, type Bench } from '../support/set-up.ts';
import { story } from '../support/story.ts';

let bench: Bench;
let ana: Person;
let strings: Strings;
setUpPuppets((opened) => ({ bench, ana, strings } = opened));

type Row = { renderer_version: number; source_length: number; html: string | null };
const rowOf = (id: string): Row | undefined =>
  query<Row>(bench.salon.dir, 'select * from rendered_answers where message_id = ?', id)[0];
const stored = (id: string) => eventually(() => rowOf(id));
const proseOf = (page: string) =>
  /<div class="prose" dir="auto">([^]*?)<\/div>\s*(?=<p class="ended"|<footer)/.exec(page)?.[1];

let count = 0;
/** An answer that is over, and what its conversation is. */
async function answered(text: string, finish = 'stop') {
  const content = `rendered question ${++count}.`;
  const { id, reply } = await ana.begin({ content });
  const call = await strings.next(content);
  call.say(text);
  call.finish(finish);
  await ana.ended(id, reply.id);
  return { id, reply, url: `/conversations/${id}` };
}

/** An answer as an older Salon left it: without HTML. */
async function answeredLongAgo(text: string) {
  const answer = await answered('short');
  await stored(answer.reply.id);
  query(bench.salon.dir, 'update messages set content = ? where id = ?', text, answer.reply.id);
  query(bench.salon.dir, 'delete from rendered_answers where message_id = ?', answer.reply.id);
  return answer;
}

it('is stored as HTML when it ends, and pages, the history and events show what is stored', async () => {
  const { reply, url } = await answered(story);
  const row = await stored(reply.id);
  expect(row).toMatchObject({ renderer_version: RENDERER_VERSION, source_length: story.length });
  expect(proseOf((await ana.page(url)).body)).toBe(row.html);

  query(
    bench.salon.dir,
    `update rendered_answers set html = '<p>drawn once</p>' where message_id = ?`,
    reply.id,
  );
  expect(proseOf((await ana.page(url)).body)).toBe('<p>drawn once</p>');
  const { events } = await ana.follow(reply.id);
  expect(events.at(-1)?.data['html']).toContain('<p>drawn once</p>');
  const history = await ana.call<{ days: { entries: { url: string }[] }[] }>('GET', '/history?limit=1');
  const entry = history.body.days[0]?.entries[0]?.url ?? '';
  expect((await ana.page(entry)).body).toContain('<p>drawn once</p>');
});

it('is rendered anew when its text went on', async () => {
  const { id, reply, url } = await answered('**first** half', 'length');
  await stored(reply.id);
  await ana.continueReply(reply.id);
  expect(rowOf(reply.id)).toBeUndefined();
  const call = await strings.next();
  call.say(' and *second*');
  call.finish();
  await ana.ended(id, reply.id);
  const html = '<p><strong>first</strong> half and <em>second</em></p>\n';
  expect((await stored(reply.id)).html).toBe(html);
  expect(proseOf((await ana.page(url)).body)).toBe(html);
});

it('stores nothing when it is only looked at', async () => {
  const { reply, url } = await answeredLongAgo('**long** ago');
  expect(proseOf((await ana.page(url)).body)).toBe('<p><strong>long</strong> ago</p>\n');
  const next = await answered('stored later than a view would be');
  await stored(next.reply.id);
  expect(rowOf(reply.id)).toBeUndefined();
});

it('has no word of a language in its HTML', async () => {
  const { url } = await answered(
    '| a | b |\n|---|---|\n| 1 | 2 |\n\n    code\n\n- [x] done\n\n![p](https://a.b/c)',
  );
  const german = (await ana.page(`${url}?`, { 'accept-language': 'de' })).body;
  const english = (await ana.page(url, { 'accept-language': 'en' })).body;
  expect(german).toContain('<html lang="de"');
  expect(proseOf(german)).toBe(proseOf(english));
  expect(proseOf(german)).toContain('aria-labelledby="label-table"');
  expect(german).toContain('<span id="label-table" hidden>Tabelle</span>');
  expect(english).toContain('<span id="label-table" hidden>Table</span>');
});

it('is shown as plain text with a link when its HTML is too much, and formatted behind the link', async () => {
  const text = '```\n'.repeat(20_000);
  const { reply, url } = await answered(text);
  expect((await stored(reply.id)).html).toBeNull();
  const page = (await ana.page(url)).body;
  expect(page).toContain(`<div class="prose plain" dir="auto">${text.slice(0, 400)}`);
  const [, link = ''] = /<p class="unformatted">[^]*?href="([^"#]+)/.exec(page) ?? [];
  expect(link).toBe(`${url}?formatted=${reply.id}`);
  const formatted = (await ana.page(link)).body;
  expect(formatted).not.toContain('class="prose plain"');
  expect(formatted.match(/<figure class="code"/g)).toHaveLength(10_000);
  const { events } = await ana.follow(reply.id);
  expect(events.at(-1)?.data['html']).toContain('class="prose plain"');
});

it.each([
  ['nested quotes', `${'> '.repeat(49_000)}deep word`],
  ['nested lists', `${nestedList(300)}deep word`],
  ['brackets', `${'['.repeat(100_000)}deep word`],
  ['emphasis', `${'*a_'.repeat(33_000)}deep word`],
  ['formulas', `${'$x$ '.repeat(25_000)}deep word`],
  ['one line of a table', `${tableRow('a')}\n${tableRow('-')}\n${tableRow('deep word')}`],
])('keeps every word of 100 kB of hostile text: %s', async (_kind, hostile) => {
  const text = `${hostile}\n\nlast word`;
  const content = `hostile question ${++count}.`;
  const { id, reply } = await ana.begin({ content });
  const call = await strings.next(content);
  const reading = ana.follow(reply.id);
  call.say(text.slice(0, 60_000));
  call.say(text.slice(60_000));
  call.finish();
  expect((await ana.ended(id, reply.id)).content).toBe(text);
  const { events } = await reading;
  const last = String(events.at(-1)?.data['html']);
  expect([events.at(-1)?.event, /deep word/.test(last), /last word/.test(last)]).toEqual([
    'done',
    true,
    true,
  ]);
});

it('is rendered in the background when it comes from before an upgrade', async () => {
  const old = await answeredLongAgo('from *before*');
  const outdated = await answered('of an *older* version');
  await stored(outdated.reply.id);
  const set = `update rendered_answers set renderer_version = 0, html = 'old' where message_id = ?`;
  query(bench.salon.dir, set, outdated.reply.id);
  await bench.salon.restart();
  const redone = await eventually(() => {
    const rows = [rowOf(old.reply.id), rowOf(outdated.reply.id)];
    return rows.every((row) => row?.renderer_version === RENDERER_VERSION) ? rows : undefined;
  });
  expect(redone.map((row) => row?.html)).toEqual([
    '<p>from <em>before</em></p>\n',
    '<p>of an <em>older</em> version</p>\n',
  ]);
});

function nestedList(depth: number): string {
  return Array.from({ length: depth }, (_, level) => `${' '.repeat(2 * level)}- a\n`).join('');
}

function tableRow(first: string): string {
  return `|${first}${first === '-' ? '|-'.repeat(16_000) : '|b'.repeat(16_000)}|`;
}
