import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openDisk } from '../../src/platform/blobs/disk.ts';
import type { Blobs } from '../../src/platform/blobs/blobs.ts';
import { codeOf } from '../provider/setup.ts';

let dir: string;
let files: Blobs;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'salon-disk-'));
  files = openDisk(join(dir, 'files'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const read = async (name: string, range?: { start: number; end: number }) => {
  const parts: Buffer[] = [];
  for await (const part of await files.open(name, range)) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
};
const failure = (work: Promise<unknown>) =>
  work.then(
    () => 'none',
    (error: unknown) => codeOf(error) ?? String(error),
  );

it('keeps what it is given, with mode 600, and leaves no temporary file', async () => {
  await files.put('2026/11/a.png', Buffer.from('content'));
  expect(await read('2026/11/a.png')).toBe('content');
  expect(await read('2026/11/a.png', { start: 1, end: 3 })).toBe('ont');
  expect(await files.stat('2026/11/a.png')).toMatchObject({ bytes: 7 });
  expect((await stat(join(dir, 'files', '2026', '11', 'a.png'))).mode & 0o777).toBe(0o600);
  expect(await readdir(join(dir, 'files', '2026', '11'))).toEqual(['a.png']);
});

it('never overwrites: of many at once one wins, whole', async () => {
  const contents = Array.from({ length: 10 }, (_, i) => String(i).repeat(50_000));
  const results = await Promise.all(
    contents.map((content) => failure(files.put('same.png', Buffer.from(content)))),
  );
  expect(results.sort()).toEqual([...Array<string>(9).fill('conflict'), 'none']);
  expect(contents).toContain(await read('same.png'));
  expect(await files.list('')).toEqual(['same.png']);
  expect(await readdir(join(dir, 'files', '.unfinished'))).toEqual([]);
});

it('names lead nowhere else', async () => {
  await writeFile(join(dir, 'outside.txt'), 'canary');
  for (const name of [
    '../outside.txt',
    'a/../../outside.txt',
    join(dir, 'outside.txt'),
    '',
    '.',
    '..',
    'x\u0000.png',
    '/etc/passwd',
  ]) {
    expect([name, await failure(files.open(name))]).toEqual([name, 'not_found']);
    expect([name, await failure(files.put(name, Buffer.from('x')))]).toEqual([name, 'not_found']);
    expect([name, await failure(files.remove(name))]).toEqual([name, 'not_found']);
  }
  expect(await readdir(dir)).toContain('outside.txt');
});

it('lists what is there without temporary files, and says 404 for what is not', async () => {
  await files.put('2026/10/b.png', Buffer.from('b'));
  await files.put('2026/11/a.png', Buffer.from('a'));
  await writeFile(join(dir, 'files', '.unfinished', 'left.part'), 'half');
  expect((await files.list('')).sort()).toEqual(['2026/10/b.png', '2026/11/a.png']);
  expect(await files.list('2026/11')).toEqual(['2026/11/a.png']);
  expect(await files.list('nowhere')).toEqual([]);
  expect(await files.stat('nowhere')).toBeUndefined();
  expect(await files.stat('2026')).toBeUndefined();
  expect(await failure(files.open('nowhere'))).toBe('not_found');
  await files.remove('2026/11/a.png');
  await files.remove('2026/11/a.png');
  expect(await files.list('2026/11')).toEqual([]);
});

it('removes what an earlier process began to write, and nothing else', async () => {
  await files.put('whole.png', Buffer.from('whole'));
  await writeFile(join(dir, 'files', '.unfinished', 'left.part'), 'half');
  await files.clearUnfinished();
  await files.clearUnfinished();
  expect(await readdir(join(dir, 'files'))).toEqual(['whole.png']);
  await files.put('next.png', Buffer.from('next'));
  expect((await files.list('')).sort()).toEqual(['next.png', 'whole.png']);
});

it('works in a folder that is a link, as people do who keep images on another disk', async () => {
  await openDisk(join(dir, 'real')).check();
  await symlink(join(dir, 'real'), join(dir, 'link'));
  files = openDisk(join(dir, 'link'));
  await files.put('a.png', Buffer.from('x'));
  expect(await read('a.png')).toBe('x');
});

it('treats links and pipes as missing, and waits on none of them', async () => {
  await files.put('a.png', Buffer.from('mine'));
  const at = (name: string) => join(dir, 'files', name);
  await writeFile(join(dir, 'secret.txt'), 'secret');
  await symlink(join(dir, 'secret.txt'), at('outside.png'));
  await symlink(at('a.png'), at('inside.png'));
  execFileSync('mkfifo', [at('pipe.png')]);
  for (const name of ['outside.png', 'inside.png', 'pipe.png']) {
    expect([name, await failure(files.open(name))]).toEqual([name, 'not_found']);
    expect([name, await files.stat(name)]).toEqual([name, undefined]);
  }
  expect(await files.list('')).toEqual(['a.png']);
});

it('reads, writes and removes nothing on the other side of a linked folder', async () => {
  await files.check();
  await mkdir(join(dir, 'elsewhere'));
  await writeFile(join(dir, 'elsewhere', 'a.png'), 'foreign');
  await symlink(join(dir, 'elsewhere'), join(dir, 'files', '2026'));
  expect(await failure(files.open('2026/a.png'))).toBe('not_found');
  expect(await files.stat('2026/a.png')).toBeUndefined();
  expect([await files.list(''), await files.list('2026')]).toEqual([[], []]);
  expect(await failure(files.put('2026/b.png', Buffer.from('x')))).toBe('unavailable');
  expect(await failure(files.put('2026/11/b.png', Buffer.from('x')))).toBe('unavailable');
  await files.remove('2026/a.png');
  expect(await readdir(join(dir, 'elsewhere'))).toEqual(['a.png']);
});
