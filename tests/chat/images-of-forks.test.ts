import { expect, it } from 'vitest';
import type { ConversationJson, Person } from '../support/chat.ts';
import { query } from '../support/database.ts';
import { imageSettings, setUpPeople, type Bench } from '../support/set-up.ts';
import { jobEnd } from '../usage/setup.ts';

let bench: Bench;
let ana: Person;
setUpPeople(['Ana'], (...opened) => ([bench, ana] = opened), imageSettings);

/** A conversation with one image, and a fork of it. */
async function forked() {
  const { id } = await ana.begin({ content: 'a boat', image: true });
  const [image] = query<{ id: string; job_id: string }>(bench.salon.dir, 'select id, job_id from images');
  await jobEnd(ana, image?.job_id ?? '');
  const { body } = await ana.call<ConversationJson>('POST', `/conversations/${id}/fork`);
  return { id, forkId: body.id, image: image?.id ?? '' };
}
const pageOf = async (id: string) => (await ana.page(`/conversations/${id}`)).body;
async function purge(kind: 'conversations' | 'images', id: string) {
  expect((await ana.call('DELETE', `/${kind}/${id}`)).status).toBe(204);
  expect((await ana.call('DELETE', `/trash/${id}`)).status).toBe(204);
}

it('shows the image of a fork also when the first conversation is permanently deleted', async () => {
  const { id, forkId, image } = await forked();
  expect(await pageOf(forkId)).toContain(`href="/images/${image}"`);
  await purge('conversations', id);
  expect(await pageOf(forkId)).toContain(`href="/images/${image}"`);
  const document = await ana.page(`/conversations/${forkId}?view=document`);
  expect(document.body).toMatch(/<figure><img src="\/images\//);
});

it('says where an image stood that is permanently deleted, in both conversations', async () => {
  const { id, forkId, image } = await forked();
  await purge('images', image);
  for (const one of [id, forkId]) {
    const page = await pageOf(one);
    expect(page).toContain('This image was deleted.');
    expect(page).not.toContain(`href="/images/${image}"`);
  }
});
