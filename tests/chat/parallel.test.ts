import { beforeAll, expect, it } from 'vitest';
import { followLive } from '../support/answers.ts';
import { joinedText, type Person } from '../support/chat.ts';
import type { Strings } from '../support/puppet.ts';
import { setUpPuppets, type Bench } from '../support/set-up.ts';

let bench: Bench;
let strings: Strings;
const people: Person[] = [];
setUpPuppets((opened) => ({ bench, strings } = opened));
beforeAll(async () => {
  for (let i = 0; i < 5; i++) people.push(await bench.person(`Person ${i}`));
});

it('twenty answers at once of five people, with stops, drops and regenerations: nothing gets mixed up', async () => {
  const work = Array.from({ length: 20 }, async (_, i) => {
    const person = people[i % 5] as Person;
    const canary = `canary-${String.fromCharCode(97 + i)}${i}`;
    const { id, reply } = await person.begin({ content: `Say ${canary}!` });
    const call = await strings.next(`Say ${canary}!`);
    const text = followLive(person, reply.id, { query: '?format=text' });
    const pages = person.follow(reply.id);
    for (let n = 0; n < 40; n++) {
      call.say(`${canary} ${n}\n\n`);
      if (n % 5 === i % 5) await new Promise((resolve) => setImmediate(resolve));
    }
    await text.has(canary.length);
    if (i % 4 === 1) await person.stop(reply.id);
    else if (i % 4 === 2) call.drop();
    else call.finish();
    const ended = await person.ended(id, reply.id);
    const [read, html] = await Promise.all([text.reading, pages]);
    expect(joinedText(read.events)).toBe(ended.content);
    if (i % 4 === 3) {
      const second = await person.regenerate(reply.id);
      const again = await strings.next(`Say ${canary}!`);
      again.say(`${canary} once more`);
      again.finish();
      await person.ended(id, second.id);
    }
    const everything = JSON.stringify([read.events, html.events, await person.read(id), call.turns]);
    const found = new Set(everything.match(/canary-[a-z]\d+/g));
    expect([...found]).toEqual([canary]);
    expect(ended.status).toBe(['complete', 'stopped', 'interrupted', 'complete'][i % 4]);
    return canary;
  });
  const canaries = await Promise.all(work);
  for (const [p, person] of people.entries()) {
    const list =
      (await person.page('/')).body + JSON.stringify((await person.call('GET', '/conversations')).body);
    const own = canaries.filter((_, i) => i % 5 === p);
    expect([...new Set(list.match(/canary-[a-z]\d+/g))].sort()).toEqual([...own].sort());
  }
});
