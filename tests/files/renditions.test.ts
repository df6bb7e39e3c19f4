import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import sharp from 'sharp';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createRenditions, type Renditions } from '../../src/files/renditions.ts';
import { openDisk } from '../../src/platform/blobs/disk.ts';
import { silentLog } from '../../src/platform/log.ts';

let dir: string;
let noise: Buffer;
let kept: Set<string>;
let reads: number;
let running: number;
let mostRunning: number;
let renditions: Renditions;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'salon-renditions-'));
  const raw = { width: 256, height: 256, channels: 3 } as const;
  const bytes = Buffer.from(Array.from({ length: 256 * 256 * 3 }, (_, i) => (i * 7919) % 251));
  noise = await sharp(bytes, { raw }).png().toBuffer();
  kept = new Set(['a', 'b', 'c']);
  reads = running = mostRunning = 0;
  renditions = open();
});
afterEach(async () => {
  await renditions.close();
  await rm(dir, { recursive: true, force: true });
});

const open = (maxRenditionBytes?: number) =>
  createRenditions({
    blobs: openDisk(dir),
    isKept: async (id) => kept.has(id),
    log: silentLog,
    ...(maxRenditionBytes === undefined ? {} : { maxRenditionBytes }),
  });
const source = (id: string) => ({
  id,
  format: 'png',
  original: {
    bytes: noise.length,
    open: async () => {
      reads++;
      mostRunning = Math.max(mostRunning, ++running);
      return Readable.from(
        (async function* () {
          yield noise;
          running--;
        })(),
      );
    },
  },
});
const names = async () => (await readdir(dir)).filter((name) => !name.startsWith('.')).sort();

it('makes each copy once, however many ask for it at the same time, and one at a time for each image', async () => {
  const views = [{ width: 60 }, { width: 64 }, { width: 100 }, { height: 30 }];
  const copies = await Promise.all(
    Array.from({ length: 5 }, () => views.map((view) => renditions.open(source('a'), view))).flat(),
  );
  expect(copies.map(({ format }) => format)).toEqual(Array<string>(20).fill('webp'));
  expect(await names()).toEqual(['a-0x32.webp', 'a-128x0.webp', 'a-64x0.webp']);
  expect([reads, mostRunning]).toEqual([3, 1]);
});

it('stays under its cap, and what was not read for longest goes first', async () => {
  await renditions.open(source('a'), { width: 64 });
  const [{ bytes }] = [await renditions.open(source('a'), { width: 64 })];
  await renditions.close();
  renditions = open(bytes * 2.5);
  renditions.load();
  await renditions.open(source('b'), { width: 64 });
  await renditions.open(source('a'), { width: 64 });
  await renditions.open(source('c'), { width: 64 });
  await renditions.close();
  expect(await names()).toEqual(['a-64x0.webp', 'c-64x0.webp']);
});

it('removes the copies of an original that goes, also of one that goes while they are made', async () => {
  await renditions.open(source('a'), { width: 64 });
  await renditions.open(source('b'), { width: 64 });
  await renditions.remove('a');
  expect(await names()).toEqual(['b-64x0.webp']);
  kept.delete('c');
  const { format } = await renditions.open(source('c'), { width: 64 });
  expect([format, await names()]).toEqual(['png', ['b-64x0.webp']]);
});

it('removes at a start what no original is there for', async () => {
  await renditions.open(source('a'), { width: 64 });
  await renditions.open(source('b'), { width: 64 });
  await renditions.close();
  kept.delete('a');
  renditions = open();
  renditions.load();
  await renditions.close();
  expect(await names()).toEqual(['b-64x0.webp']);
});
