import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Person } from '../support/chat.ts';
import { query } from '../support/database.ts';
import { setUpPeople, type Bench } from '../support/set-up.ts';
import { jobEnd, type JobJson } from '../usage/setup.ts';

const RUNS = 20;
const STEPS = 100;
/** Room for one image that is being made, whose size nobody knows yet, and some small ones beside it. */
const LIMIT_BYTES = 6_360_000;

let bench: Bench;
let ana: Person;
setUpPeople(['Ana'], (...opened) => ([bench, ana] = opened), {
  OPENAI_IMAGE_MODEL: 'gpt-image-1',
  OPENAI_RATE_LIMIT_RPM: '100000',
  OPENAI_RATE_LIMIT_TPM: '10000000',
});

type Made = { id: string; image_url: string };
const living: Made[] = [];
const trashed: Made[] = [];
let refused = 0;

const step = fc.record({
  what: fc.oneof(
    { weight: 4, arbitrary: fc.constant('make') },
    { weight: 3, arbitrary: fc.constant('delete') },
    { weight: 2, arbitrary: fc.constantFrom('restore', 'purge', 'render', 'render') },
    { weight: 1, arbitrary: fc.constant('empty') },
  ),
  which: fc.nat(1000),
  width: fc.constantFrom(1, 40, 100),
});
/** What runs at the same time. */
const groups = fc.array(fc.nat(3), { minLength: STEPS, maxLength: STEPS });
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

async function take({ what, which, width }: Step): Promise<void> {
  const pick = (list: Made[]) => list[which % Math.max(1, list.length)];
  const [image, gone] = [pick(living), pick(trashed)];
  if (what === 'make') await make();
  else if (what === 'delete' && image) await send('DELETE', `/images/${image.id}`, living, image, trashed);
  else if (what === 'restore' && gone)
    await send('POST', `/images/${gone.id}/restore`, trashed, gone, living);
  else if (what === 'purge' && gone) await send('DELETE', `/trash/${gone.id}`, trashed, gone);
  else if (what === 'empty') await empty();
  else if (what === 'render' && image) {
    const { status } = await ana.page(`${image.image_url}?w=${width}`);
    expect([200, 404]).toContain(status);
  }
}

async function make(): Promise<void> {
  const asked = await ana.call<{ job: JobJson }>('POST', '/images', {
    prompt: 'a boat',
    size: 'auto',
  });
  expect([202, 507]).toContain(asked.status);
  if (asked.status === 507) refused++;
  if (asked.status !== 202) return;
  const job = await jobEnd(ana, asked.body.job.id);
  expect(job.status).toBe('complete');
  living.push(...(job.images as Made[]));
}

async function send(method: string, path: string, from: Made[], image: Made, to?: Made[]): Promise<void> {
  const { status } = await ana.call(method, path);
  // Another of the same moment may have been there before.
  expect([200, 204, 404]).toContain(status);
  const at = from.indexOf(image);
  if (at >= 0) from.splice(at, 1);
  if (status !== 404) to?.push(image);
}

async function empty(): Promise<void> {
  expect((await ana.call('DELETE', '/trash')).status).toBe(204);
  trashed.length = 0;
}

async function bytesIn(folder: string): Promise<number> {
  const entries = await readdir(join(bench.salon.dir, folder), { recursive: true, withFileTypes: true });
  const sizes = entries
    .filter((entry) => entry.isFile())
    // What goes between the two looks takes no room any more.
    .map((entry) =>
      stat(join(entry.parentPath, entry.name)).then(
        ({ size, nlink }) => size / nlink,
        () => 0,
      ),
    );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

it('never has more of a person on the disk than the quota, whatever the person does, and nothing when all is deleted', async () => {
  query(bench.salon.dir, 'update users set storage_limit_bytes = ?', LIMIT_BYTES);
  const property = fc.asyncProperty(
    fc.array(step, { minLength: STEPS, maxLength: STEPS }),
    groups,
    async (steps, sizes) => {
      for (let at = 0, group = 0; at < steps.length; group++) {
        const size = 1 + (sizes[group] ?? 0);
        await Promise.all(steps.slice(at, at + size).map(take));
        at += size;
        expect(await bytesIn('images')).toBeLessThanOrEqual(LIMIT_BYTES);
        const [sum] = query<{ bytes: number }>(bench.salon.dir, 'select sum(bytes) as bytes from files');
        expect(sum?.bytes ?? 0).toBeLessThanOrEqual(LIMIT_BYTES);
      }
    },
  );
  await fc.assert(property, { numRuns: RUNS, endOnFailure: true });
  expect(refused).toBeGreaterThan(0);
  const { body } = await ana.call<{ images: Made[] }>('GET', '/images?limit=100');
  for (const { id } of body.images) await ana.call('DELETE', `/images/${id}`);
  await empty();
  await bench.salon.restart();
  expect(await bytesIn('images')).toBe(0);
  expect(await bytesIn('data/renditions')).toBe(0);
  expect(query(bench.salon.dir, 'select id from files')).toEqual([]);
  expect(query(bench.salon.dir, 'select id from images')).toEqual([]);
}, 600_000);
