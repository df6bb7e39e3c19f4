import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Person } from '../support/chat.ts';
import { idOfPerson, query } from '../support/database.ts';
import { setUpPeople, type Bench } from '../support/set-up.ts';
import { jobEnd, images, type JobJson } from './setup.ts';

let bench: Bench;
let admin: Person;
let ada: Person;
setUpPeople(['Admin', 'Ada'], (...opened) => ([bench, admin, ada] = opened), {
  USER_MAX_ACTIVE: '1000',
  OPENAI_RATE_LIMIT_RPM: '10000',
  OPENAI_RATE_LIMIT_TPM: '1000000',
});

const idOf = (name: string) => idOfPerson(bench.salon.dir, name);
const allow = async (megabytes: number | null) => {
  const path = `/admin/people/${idOf('Ada')}/storage`;
  expect((await admin.call('POST', path, { storage_limit_mb: megabytes })).status).toBe(200);
};
const rows = (table: string) =>
  query<{ count: number }>(bench.salon.dir, `select count(*) as count from ${table}`)[0]?.count;

it('accepts of 100 images at once exactly the 3 that there is room for, and the others leave nothing', async () => {
  // Each counts as 4.24 MB, the most that its pixels can take, until its size is known.
  await allow(13);
  const answers = await Promise.all(
    Array.from({ length: 100 }, () =>
      ada.call<{ code: string }>('POST', '/images', { prompt: '[[ms=3000]] one' }),
    ),
  );
  expect(answers.filter(({ status }) => status === 202)).toHaveLength(3);
  const refused = answers.filter(({ status }) => status === 507);
  expect(refused).toHaveLength(97);
  expect(refused[0]?.body.code).toBe('quota_reached');
  expect([rows('jobs'), rows('images'), rows('files')]).toEqual([3, 3, 3]);
});

it('gives back what an image did not need, and what a failed one reserved', async () => {
  await allow(5);
  const made = await images(ada, { prompt: 'a small one' });
  expect(made.status).toBe('complete');
  await images(ada, { prompt: '[[err=400]]' });
  expect((await images(ada, { prompt: 'another' })).status).toBe('complete');
  expect((await ada.call('POST', '/images', { prompt: 'two more', n: 2 })).status).toBe(507);
});

it('refuses an image in a conversation too, and stores nothing of it', async () => {
  await allow(1);
  const answer = await ada.form('/conversations', { content: 'a house', image: '1' });
  expect(answer.status).toBe(507);
  expect(answer.body).toContain('a house');
  expect(['conversations', 'messages', 'jobs', 'files'].map(rows)).toEqual([0, 0, 0, 0]);
});

it('refuses to try a failed image again without room, and leaves it as it was', async () => {
  const failed = await images(ada, { prompt: '[[err=400]]' });
  await allow(1);
  expect((await ada.call('POST', `/jobs/${failed.id}/retry`)).status).toBe(507);
  expect((await jobEnd(ada, failed.id)).status).toBe('failed');
  await allow(null);
  expect((await ada.call('POST', `/jobs/${failed.id}/retry`)).status).toBe(200);
});

it('answers a repeat with the first job even when there is no room left', async () => {
  await allow(5);
  const ask = () =>
    ada.call<{ job: JobJson }>('POST', '/images', { prompt: '[[ms=2000]] x', client_id: 'same' });
  const [first, again] = [await ask(), await ask()];
  expect([first.status, again.status]).toEqual([202, 202]);
  expect(again.body.job.id).toBe(first.body.job.id);
});

it('counts what lies in the trash, since it is still on the disk', async () => {
  const made = await images(ada, { prompt: 'one' });
  const used = async () =>
    (await ada.call<{ storage: { used_bytes: number } }>('GET', '/settings/usage')).body.storage.used_bytes;
  const before = await used();
  expect(before).toBeGreaterThan(0);
  const [image] = made.images as { id: string }[];
  expect((await ada.call('DELETE', `/images/${image?.id}`)).status).toBe(204);
  expect(await used()).toBe(before);
});

it('fails an image that is larger than its reservation and than the room that is left, and keeps nothing of it', async () => {
  const asked = await ada.call<{ job: JobJson }>('POST', '/images', { prompt: 'large [[ms=400]]' });
  query(bench.salon.dir, 'update files set bytes = 10');
  query(bench.salon.dir, "update users set storage_limit_bytes = 100 where username = 'Ada'");
  expect(await jobEnd(ada, asked.body.job.id)).toMatchObject({
    status: 'failed',
    error: { code: 'quota_reached' },
  });
  expect(rows('files')).toBe(0);
  const left = readdirSync(join(bench.salon.dir, 'images'), { recursive: true, encoding: 'utf8' });
  expect(left.filter((name) => name.endsWith('.png'))).toEqual([]);
});

it.each(['-1', '0', '1000000000', '1.5', 'NaN', 'Infinity', '1e9'])('n=%s is 422', async (n) => {
  for (const value of [n, Number(n)])
    expect((await ada.call('POST', '/images', { prompt: 'x', n: value })).status).toBe(
      // JSON knows neither NaN nor Infinity: they arrive as null, which is left out.
      typeof value === 'number' && !Number.isFinite(value) ? 202 : 422,
    );
});

it.each([-1, 1.5, 'abc', 1e12])('refuses the storage limit %j', async (value) => {
  const answer = await admin.call('POST', `/admin/people/${idOf('Ada')}/storage`, {
    storage_limit_mb: value,
  });
  expect(answer.status).toBe(422);
});

it('sets the limit of people that exist, by administrators alone', async () => {
  const body = { storage_limit_mb: 5 };
  expect((await ada.call('POST', `/admin/people/${idOf('Ada')}/storage`, body)).status).toBe(403);
  expect((await admin.call('POST', `/admin/people/${'0'.repeat(26)}/storage`, body)).status).toBe(404);
  const saved = await admin.form(`/admin/people/${idOf('Ada')}/storage`, { storage_limit_mb: '' });
  expect([saved.status, saved.location]).toEqual([303, `/admin/people/${idOf('Ada')}`]);
});
