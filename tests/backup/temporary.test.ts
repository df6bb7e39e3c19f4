import { afterEach, beforeEach, expect, it } from 'vitest';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { makePlace, readZip, type Place } from './place.ts';

let place: Place;
beforeEach(async () => {
  place = await makePlace();
});
afterEach(() => place.remove());

it('holds no temporary conversation, nor a byte of its texts', async () => {
  await place.fill(1);
  for (const [id, kind, expires] of [
    ['c1', 'normal', 'null'],
    ['c2', 'temporary', '9999999999999'],
  ]) {
    place.query(`insert into conversations (id, owner_id, title, title_is_own, parameters, leaf_id, kind, expires_at, created_at, updated_at)
      values ('${id}', 'u1', 'title of ${kind}', 0, '{}', '${id}', '${kind}', ${expires}, 1, 1)`);
    place.query(`insert into messages (id, conversation_id, owner_id, seq, role, content, created_at)
      values ('${id}', '${id}', 'u1', 0, 'hidden', '', 1)`);
    place.query(`insert into messages (id, conversation_id, owner_id, parent_id, seq, role, content, created_at)
      values ('m${id}', '${id}', 'u1', '${id}', 1, 'user', '${`${kind} canary `.repeat(3000)}', 1)`);
  }
  const { name } = await place.backUp();
  const database = (await readZip(place.archive(name))).get('salon.db');
  const copy = join(place.dir, 'copy.db');
  await writeFile(copy, database ?? '');
  const db = new Sqlite(copy);
  const titles = db.prepare('select title from conversations').pluck().all();
  const messages = db.prepare('select id from messages order by id').pluck().all();
  db.close();
  expect(titles).toEqual(['title of normal']);
  expect(messages).toEqual(['c1', 'mc1']);
  expect(String(database)).toContain('normal canary');
  expect(String(database)).not.toContain('temporary canary');
  expect(place.query('select id from conversations')).toHaveLength(2);
});
