import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Person } from '../support/chat.ts';
import { query } from '../support/database.ts';
import { projectRoot } from '../support/salon.ts';
import { setUpChat, type Bench } from '../support/set-up.ts';

let bench: Bench;
let ana: Person;
setUpChat((opened) => ({ bench, ana } = opened));

const seed = (...options: string[]) =>
  execFileSync(process.execPath, [join(projectRoot, 'tests/bench/seed-command.mjs'), ...options], {
    encoding: 'utf8',
    stdio: 'pipe',
  });
const one = (sql: string) => Object.values(query(bench.salon.dir, sql)[0] ?? {})[0];

it('fills an account with conversations that Salon opens like its own, branches and a long one among them', async () => {
  const data = join(bench.salon.dir, 'data');
  expect(seed('--user', 'Ana', '--messages', '200', '--long', '70', '--data', data)).toContain('270');
  expect(one("select count(*) from messages where role <> 'hidden'")).toBe(270);
  expect(
    one(
      'select count(*) from messages m left join messages p on p.id = m.parent_id where m.seq > 0 and p.id is null',
    ),
  ).toBe(0);

  const { conversations } = (
    await ana.call<{ conversations: { id: string }[] }>('GET', '/conversations?limit=50')
  ).body;
  // One of 21 is archived.
  expect(conversations).toHaveLength(20);
  const [long] = conversations;
  const page = (await ana.page(`/conversations/${long?.id}`)).body;
  expect(page.match(/id="message-/g)).toHaveLength(60);
  expect(page).toContain('before=');
  const branched = await ana.page(`/conversations/${conversations.at(-1)?.id}`);
  expect(branched.body.match(/id="message-/g)).toHaveLength(8);
  expect(branched.body).toContain('2/2');
});

it('says who is missing', () => {
  expect(() => seed('--user', 'Nobody', '--data', join(bench.salon.dir, 'data'))).toThrow(
    'nobody called "Nobody"',
  );
});
