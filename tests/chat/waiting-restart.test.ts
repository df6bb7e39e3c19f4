import { expect, it } from 'vitest';
import { untilText } from '../support/answers.ts';
import type { Person } from '../support/chat.ts';
import type { Strings } from '../support/puppet.ts';
import { settingsFor, signUpAt } from '../support/chat.ts';
import { startModelServer } from '../support/model-server.ts';
import { spawnSalon } from '../support/process.ts';
import { setUpPuppets, type Bench } from '../support/set-up.ts';

let bench: Bench;
let ana: Person;
let strings: Strings;
const { asked } = setUpPuppets((opened) => ({ bench, ana, strings } = opened));

it('waits to be sent by its person after a restart: nothing is sent or paid by itself', async () => {
  const first = await asked();
  first.call.say('Begun.');
  await untilText(ana, first.reply.id);
  const second = await ana.ask(first.id, 'waits nine');
  const before = strings.calls();
  await bench.salon.restart();
  const again = ana.at(bench.salon.url);
  const reply = await again.ended(first.id, second.reply.id);
  expect(reply).toMatchObject({ status: 'interrupted', content: '' });
  expect(strings.calls()).toBe(before);
  const page = await again.page(`/conversations/${first.id}`);
  expect(page.body).toContain('This was not sent: the server restarted while it waited for its turn.');
  await again.continueReply(second.reply.id);
  const call = await strings.next('waits nine');
  call.say('Now.');
  call.finish();
  expect(await again.ended(first.id, second.reply.id)).toMatchObject({ status: 'complete', content: 'Now.' });
});

it('waits in the same way after a kill', async () => {
  const model = await startModelServer();
  const salon = await spawnSalon({ env: settingsFor(model) });
  const ben = await signUpAt(salon.url, 'Ben');
  const first = await ben.begin({ content: 'stalls [[n=5 stall=2]]' });
  const second = await ben.ask(first.id, 'behind it [[n=1]]');
  const third = await ben.ask(first.id, 'behind both [[n=1]]');
  await salon.kill('SIGKILL');
  const again = await spawnSalon({ dir: salon.dir, env: settingsFor(model) });
  try {
    const later = ben.at(again.url);
    for (const { reply } of [first, second, third])
      expect(await later.ended(first.id, reply.id)).toMatchObject({ status: 'interrupted' });
    const { body } = await later.page(`/conversations/${first.id}`);
    expect(body.match(/This was not sent: the server restarted/g)).toHaveLength(2);
    expect(model.calls()).toHaveLength(1);
  } finally {
    await again.remove();
    await model.close();
  }
});
