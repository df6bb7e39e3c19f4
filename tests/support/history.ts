import type { Agent } from './salon.ts';

export type Entry = {
  index: number;
  kind: string;
  prompt: string;
  excerpt: string;
  url: string;
  created_at: string;
};
export type Day = { date: string; entries: Entry[] };

/** The days of a person's history, newest first. */
export const daysOf = async (agent: Agent, search = '') =>
  (await agent.get(`/history${search}`).expect(200)).body.days as Day[];

/** The entries of all these days, in one list. */
export const entriesIn = (days: readonly Day[]) => days.flatMap(({ entries }) => entries);

export const entriesOf = async (agent: Agent, search = '?limit=100') =>
  entriesIn(await daysOf(agent, search));
