import { expect, it } from 'vitest';
import { untilText } from '../support/answers.ts';
import { eventually, type Person } from '../support/chat.ts';
import { query } from '../support/database.ts';
import { setUpPuppets, type Bench } from '../support/set-up.ts';

let bench: Bench;
let ana: Person;
const { asked } = setUpPuppets((opened) => ({ bench, ana } = opened));

it('stops what a suspended person has running, keeps its text, and ends who follows it', async () => {
  const { reply, call } = await asked();
  call.say('So far');
  await untilText(ana, reply.id);
  const following = ana.follow(reply.id);
  const ben = await bench.person('Ben');
  query(bench.salon.dir, "update users set role = 'admin' where username = 'Ben'");
  const [row] = query<{ id: string }>(bench.salon.dir, "select id from users where username = 'Ana'");
  const { status } = await ben.call('PATCH', `/admin/people/${row?.id}`, { suspended: true });
  expect(status).toBe(200);
  await eventually(() => call.isClosed() || undefined);
  expect((await following).ended).toBe(true);
  const stored = await eventually(() => {
    const [message] = query(bench.salon.dir, 'select status, content from messages where id = ?', reply.id);
    return message?.['status'] === 'stopped' ? message : undefined;
  });
  expect(stored).toEqual({ status: 'stopped', content: 'So far' });
});
