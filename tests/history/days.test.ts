import { expect, it } from 'vitest';
import { daysOf, type Day } from '../support/history.ts';
import { setUpHistory } from './setup.ts';

const { personWith } = setUpHistory();
const shape = (days: Day[]) => days.map(({ date, entries }) => [date, entries.map(({ index }) => index)]);

it('answers JSON exactly in the shape of the contract, newest first, 0 being the oldest of a day', async () => {
  const agent = await personWith(null, [
    '2026-03-01T08:00:00Z',
    '2026-03-01T09:00:00Z',
    '2026-03-02T10:00:00Z',
  ]);
  const { body } = await agent.get('/history').expect(200);
  expect(body).toEqual({
    days: [
      { date: '2026-03-02', entries: [expect.objectContaining({ index: 0 })] },
      {
        date: '2026-03-01',
        entries: [expect.objectContaining({ index: 1 }), expect.objectContaining({ index: 0 })],
      },
    ],
    next_cursor: null,
  });
  expect(body.days[1].entries[1]).toEqual({
    index: 0,
    kind: 'chat',
    prompt: 'at 2026-03-01T08:00:00Z [[n=2]]',
    excerpt: 'wört0 wört1',
    url: '/chatlog/2026-03-01/0',
    created_at: '2026-03-01T08:00:00.000Z',
  });
  expect((await agent.get('/chatlog').expect(200)).body).toEqual(body);
});

it('takes the days of the account\u2019s own time zone, far from UTC too', async () => {
  const instants = [
    '2026-06-30T09:59:00Z',
    '2026-06-30T10:01:00Z',
    '2026-06-30T11:30:00Z',
    '2026-06-30T23:30:00Z',
  ];
  const expected: [string, unknown[]][] = [
    [
      'Pacific/Kiritimati',
      [
        ['2026-07-01', [2, 1, 0]],
        ['2026-06-30', [0]],
      ],
    ],
    [
      'Pacific/Pago_Pago',
      [
        ['2026-06-30', [1, 0]],
        ['2026-06-29', [1, 0]],
      ],
    ],
    [
      'Asia/Kathmandu',
      [
        ['2026-07-01', [0]],
        ['2026-06-30', [2, 1, 0]],
      ],
    ],
    ['UTC', [['2026-06-30', [3, 2, 1, 0]]]],
  ];
  for (const [zone, days] of expected) {
    const agent = await personWith(zone, instants);
    expect([zone, shape(await daysOf(agent))]).toEqual([zone, days]);
    for (const day of await daysOf(agent))
      for (const entry of day.entries) {
        const { body } = await agent.get(entry.url).expect(200);
        expect([body.prompt, body.index]).toEqual([entry.prompt, entry.index]);
      }
  }
});

it('moves entries to other days when the time zone changes', async () => {
  const agent = await personWith('UTC', ['2026-06-30T23:30:00Z']);
  await agent.get('/chatlog/2026-06-30/0').expect(200);
  await agent.patch('/settings').send({ time_zone: 'Asia/Tokyo' }).expect(200);
  await agent.get('/chatlog/2026-06-30/0').expect(404);
  await agent.get('/chatlog/2026-07-01/0').expect(200);
});

it('knows days of 23 and of 25 hours', async () => {
  const spring = [
    '2026-03-28T22:59:00Z',
    '2026-03-28T23:00:00Z',
    '2026-03-29T01:30:00Z',
    '2026-03-29T21:59:00Z',
    '2026-03-29T22:00:00Z',
  ];
  expect(shape(await daysOf(await personWith('Europe/Berlin', spring)))).toEqual([
    ['2026-03-30', [0]],
    ['2026-03-29', [2, 1, 0]],
    ['2026-03-28', [0]],
  ]);
  const autumn = [
    '2026-10-24T22:00:00Z',
    '2026-10-25T00:30:00Z',
    '2026-10-25T01:30:00Z',
    '2026-10-25T22:59:00Z',
    '2026-10-25T23:00:00Z',
  ];
  const agent = await personWith('Europe/Berlin', autumn);
  expect(shape(await daysOf(agent))).toEqual([
    ['2026-10-26', [0]],
    ['2026-10-25', [3, 2, 1, 0]],
  ]);
  for (let index = 0; index < 4; index++)
    expect((await agent.get(`/chatlog/2026-10-25/${index}`).expect(200)).body.prompt).toContain(
      autumn[index],
    );
});

it('says 404 for days that do not exist, that the zone skipped, and for indexes beyond the day', async () => {
  const agent = await personWith('Pacific/Apia', ['2011-12-30T09:00:00Z', '2011-12-30T11:00:00Z']);
  expect(shape(await daysOf(agent))).toEqual([
    ['2011-12-31', [0]],
    ['2011-12-29', [0]],
  ]);
  const unknown = [
    ...[
      '2011-12-30/0',
      '2011-12-31/1',
      '2011-12-31/-1',
      '2011-12-31/x',
      '2011-12-31/0.5',
      '2011-12-31/1e0',
      '2011-12-31/99999999999999',
    ],
    ...[
      '2026-02-29/0',
      '2026-13-01/0',
      '2026-00-10/0',
      '2026-1-1/0',
      '20260101/0',
      'today/0',
      '0000-00-00/0',
      '+012026-01-01/0',
    ],
    ...["2011-12-31'--/0", '2011-12-31T00:00/0', '%00/0', '2011-12-31/%30%00'],
  ];
  for (const path of unknown) {
    expect([path, (await agent.get(`/chatlog/${path}`)).status]).toEqual([path, 404]);
    expect((await agent.get(`/chatlog/${path}`).set('accept', 'text/html')).status).toBe(404);
  }
});
