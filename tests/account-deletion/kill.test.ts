import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { personAt, signUpAt } from '../support/chat.ts';
import { openDatabase, query } from '../support/database.ts';
import { spawnSalon } from '../support/process.ts';

const IMAGES = 300;
/** From the request on, where checking the password alone takes about 60 ms; or as soon as the database shows it. */
const moments: (number | 'closed' | 'row gone')[] = [
  60,
  90,
  'closed',
  'closed',
  'row gone',
  'row gone',
  'row gone',
];
const isStill = {
  closed: 'select 1 from users where username = ? and leaving_at is null',
  'row gone': 'select 1 from users where username = ?',
};

/** Gives a person images, rows with files, faster than by making them. */
function giveImages(dir: string, username: string): string[] {
  const folder = join(dir, 'images', '2026', '11');
  mkdirSync(folder, { recursive: true });
  const db = openDatabase(dir);
  const addFile = db.prepare(`insert into files (id, owner_id, kind, place, bytes, state, created_at)
    select ?, id, 'image', ?, 5, 'ready', 1 from users where username = ?`);
  const addImage = db.prepare(`insert into images
      (id, owner_id, status, filename, file_id, prompt, first_prompt, format, created_at)
    select f.id, f.owner_id, 'ready', ?, f.id, 'p', 'p', 'png', 1 from files f where f.id = ?`);
  db.exec('begin immediate');
  const paths = Array.from({ length: IMAGES }, (_, i) => {
    const path = `2026/11/${username}-${i}.png`;
    const id = `${username}-${1000 + i}`.padEnd(26, '0').toLowerCase();
    writeFileSync(join(dir, 'images', path), 'bytes');
    addFile.run(id, path, username);
    addImage.run(`${username}-${i}.png`, id);
    return path;
  });
  db.exec('commit');
  db.close();
  return paths;
}

/** Looks again at each turn until there is no such row: what follows takes but milliseconds. */
async function no(dir: string, sql: string, username: string): Promise<void> {
  const db = openDatabase(dir);
  const look = db.prepare(sql);
  while (look.get(username) !== undefined) await new Promise((resolve) => setImmediate(resolve));
  db.close();
}

it('killed at any moment of a departure, an account is there with all its images or gone with all', async () => {
  let salon = await spawnSalon();
  const { dir } = salon;
  await signUpAt(salon.url, 'Root');
  try {
    for (const [round, moment] of moments.entries()) {
      const username = `Leaver${round}`;
      const person = await signUpAt(salon.url, username);
      const paths = giveImages(dir, username);
      const leaving = personAt(salon.url, person.cookie)
        .call('DELETE', '/settings/account', { password: 'correct horse 1' })
        .catch(() => undefined);
      if (typeof moment === 'string') await no(dir, isStill[moment], username);
      else await new Promise((resolve) => setTimeout(resolve, moment));
      await salon.kill('SIGKILL');
      const answer = await leaving;
      salon = await spawnSalon({ dir });
      const [account] = query(dir, 'select 1 from users where username = ?', username);
      const there = paths.filter((path) => existsSync(join(dir, 'images', path)));
      expect([moment, there.length]).toEqual([moment, account ? IMAGES : 0]);
      // Once it was closed there is no way back.
      expect([moment, typeof moment === 'string' && account !== undefined]).toEqual([moment, false]);
      // What was told to be done is done.
      expect(answer?.status === 204 && account !== undefined).toBe(false);
      expect(query(dir, "select * from files where state = 'removing'")).toEqual([]);
    }
    const rows = query(dir, 'select id from files').length;
    const files = readdirSync(join(dir, 'images', '2026', '11')).length;
    expect(files).toBe(rows);
  } finally {
    await salon.remove();
  }
});

it.each(['sessions', 'messages', 'conversations', 'images', 'users'])(
  'killed while %s cannot be deleted, it finishes the deletion at the next start',
  async (table) => {
    let salon = await spawnSalon();
    const { dir } = salon;
    try {
      await signUpAt(salon.url, 'Root');
      const ana = await signUpAt(salon.url, 'Ana');
      await ana.begin({ content: 'hello' });
      giveImages(dir, 'Ana');
      query(dir, `create trigger broken before delete on ${table} begin select raise(abort, 'broken'); end`);
      expect((await ana.call('DELETE', '/settings/account', { password: 'correct horse 1' })).status).toBe(
        202,
      );
      await salon.kill('SIGKILL');
      // The next start meets the same fault: it starts all the same, and the account stays closed.
      salon = await spawnSalon({ dir });
      expect((await ana.at(salon.url).call('GET', '/conversations')).status).toBe(401);
      expect(query(dir, 'select username from users where leaving_at is not null')).toEqual([
        { username: 'Ana' },
      ]);
      await salon.kill('SIGKILL');
      query(dir, 'drop trigger broken');
      salon = await spawnSalon({ dir });
      expect(query(dir, 'select username from users')).toEqual([{ username: 'Root' }]);
      expect(query(dir, 'select count(*) as n from messages')).toEqual([{ n: 0 }]);
      const files = readdirSync(join(dir, 'images'), { recursive: true, encoding: 'utf8' });
      expect(files.filter((name) => name.endsWith('.png'))).toEqual([]);
    } finally {
      await salon.remove();
    }
  },
);
