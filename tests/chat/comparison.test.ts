import { expect, it } from 'vitest';
import type { ExchangeJson, MessageJson, Person } from '../support/chat.ts';
import type { Strings } from '../support/puppet.ts';
import { setUpPuppets, type Bench } from '../support/set-up.ts';

let bench: Bench;
let ana: Person;
let strings: Strings;
const { asked } = setUpPuppets((opened) => ({ bench, ana, strings } = opened));

type Passage = { text: string; shared: boolean };
type ComparisonJson = {
  one: MessageJson;
  other: MessageJson;
  versions: { id: string }[];
  passages: { one: Passage[]; other: Passage[] } | null;
};
const compare = async (id: string, query: string) =>
  ana.call<ComparisonJson>('GET', `/conversations/${id}/compare?${query}`);

/** A question with an answer of each of these texts. */
async function answers(...texts: string[]) {
  const { id, message, reply, call, content } = await asked();
  const ids = [reply.id];
  call.say(texts[0] ?? '');
  call.finish();
  await ana.ended(id, reply.id);
  for (const text of texts.slice(1)) {
    const next = await ana.regenerate(reply.id);
    const again = await strings.next(content);
    again.say(text);
    again.finish();
    await ana.ended(id, next.id);
    ids.push(next.id);
  }
  return { id, questionId: message.id, ids };
}

it('shows two answers side by side, and marks what only one of them says', async () => {
  const { id, ids } = await answers('Herons <b>rest</b> on one leg.', 'Herons sleep on one leg.');
  const { body } = await ana.page(`/conversations/${id}/compare?one=${ids[0]}&other=${ids[1]}`);
  expect(body).toMatch(/Herons <del>.*only here.*&lt;b&gt;rest&lt;\/b&gt; .*<\/del>on one leg\./);
  expect(body).toMatch(/Herons <ins>.*only here.*sleep .*<\/ins>on one leg\./);
  expect(body).not.toContain('<select id="compare-one"');
});

it('takes the version before when only one is named, and tells the same as JSON', async () => {
  const { id, ids } = await answers('The first.', 'The second.', 'The third.');
  const { body } = await compare(id, `one=${ids[2]}`);
  expect([body.one.id, body.other.id]).toEqual([ids[2], ids[1]]);
  expect(body.versions.map((version) => version.id)).toEqual(ids);
  expect(body.passages?.one.filter(({ shared }) => !shared)).toEqual([{ text: 'third', shared: false }]);
  expect((await compare(id, `one=${ids[0]}`)).body.other.id).toBe(ids[1]);
});

it('lets one choose among more than two versions', async () => {
  const { id, ids } = await answers('One.', 'Two.', 'Three.');
  const { body } = await ana.page(`/conversations/${id}/compare?one=${ids[0]}&other=${ids[2]}`);
  expect(body).toContain(`<option value="${ids[0]}" selected>Version 1`);
  expect(body).toContain(`<option value="${ids[2]}" selected>Version 3`);
});

it('is reached from the arrows of a message and from the page of branches', async () => {
  const { id, ids } = await answers('Left.', 'Right.');
  const link = `/conversations/${id}/compare?one=${ids[0]}&amp;other=${ids[1]}`;
  expect((await ana.page(`/conversations/${id}`)).body).toContain(`href="${link}"`);
  expect((await ana.page(`/conversations/${id}/branches`)).body).toContain(
    `href="/conversations/${id}/compare?one=${ids[1]}"`,
  );
});

it('compares versions of a question', async () => {
  const { id, questionId } = await answers('Fine.');
  const edited = await ana.call<ExchangeJson>('POST', `/messages/${questionId}/edit`, { content: 'changed' });
  (await strings.next('changed')).finish();
  const { body } = await compare(id, `one=${questionId}&other=${edited.body.message.id}`);
  expect(body.other.content).toBe('changed');
});

it('says so when texts are the same, have nothing in common, or are too long', async () => {
  const long = 'All work and no play. '.repeat(10_000);
  const { id, ids } = await answers('Same.', 'Same.', 'Otherwise', long);
  const textOf = async (other: number) =>
    (await ana.page(`/conversations/${id}/compare?one=${ids[0]}&other=${ids[other]}`)).body;
  expect(await textOf(1)).toContain('Both versions have the same text.');
  expect(await textOf(2)).toContain('have no passage in common');
  expect(await textOf(3)).toContain('too long to compare');
  expect((await compare(id, `one=${ids[0]}&other=${ids[3]}`)).body.passages).toBeNull();
});

it('has no page for messages that are not versions of one, nor for what belongs to others', async () => {
  const { id, questionId, ids } = await answers('Mine.', 'Mine too.');
  expect((await compare(id, `one=${ids[0]}&other=${questionId}`)).status).toBe(404);
  expect((await compare(id, 'one=nonsense')).status).toBe(404);
  expect((await compare(id, '')).status).toBe(404);
  const other = await answers('A single one.');
  expect((await compare(other.id, `one=${other.ids[0]}`)).status).toBe(404);
  expect((await compare(other.id, `one=${ids[0]}`)).status).toBe(404);
  const ben = await bench.person('Ben');
  expect((await ben.call('GET', `/conversations/${id}/compare?one=${ids[0]}`)).status).toBe(404);
});
