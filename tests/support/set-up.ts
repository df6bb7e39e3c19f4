import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { openBench, type Person } from './chat.ts';
import type { ModelServer } from './model-server.ts';
import { pullStrings, type Strings } from './puppet.ts';
import { startSalon, type Agent, type Salon } from './salon.ts';

/*
 * What many test files begin with. Each function opens a Salon with the scripted model server before the first test of
 * the file and closes both after the last one; `ready` gets what was opened: `(opened) => ({ bench, ana } = opened)`.
 */

export type Bench = Awaited<ReturnType<typeof openBench>>;
export type Exchange = Awaited<ReturnType<typeof askAnew>>;
type Settings = Record<string, string>;
/** One for each name. */
type Each<Names extends readonly string[], Client> = { -readonly [Index in keyof Names]: Client };

/** For tests about images: a model that takes every parameter, and limits a minute that no test comes near. */
export const imageSettings = {
  OPENAI_IMAGE_MODEL: 'gpt-image-1',
  OPENAI_RATE_LIMIT_RPM: '1000',
  OPENAI_RATE_LIMIT_TPM: '1000000',
};

/** For tests of the routes: Ana is signed in and the admin; a script of the model server lasts for one test. */
export function setUpSalon(
  ready: (opened: { salon: Salon; server: ModelServer; ana: Agent }) => void,
  settings: Settings = {},
): void {
  let server: ModelServer | undefined;
  openForFile(settings, async ({ salon, model }) => {
    server = model;
    ready({ salon, server: model, ana: await salon.signUp('Ana') });
  });
  afterEach(() => server?.script(() => false));
}

/**
 * For tests of accounts, with the demo model: a client for each name, the first one of the admin. `ready` gets all of
 * them in a row: `(...opened) => ([salon, admin, ben] = opened)`.
 */
export function setUpAgents<const Names extends readonly string[]>(
  names: Names,
  ready: (salon: Salon, ...agents: Each<Names, Agent>) => void,
  settings: Settings = {},
): void {
  let salon: Salon | undefined;
  beforeAll(async () => {
    salon = await startSalon(settings);
    const agents: Agent[] = [];
    for (const name of names) agents.push(await salon.signUp(name));
    ready(salon, ...(agents as Each<Names, Agent>));
  });
  afterAll(() => salon?.close());
}

/** As `setUpAgents`, with the scripted model server, JSON clients, and everything anew for each test. */
export function setUpPeople<const Names extends readonly string[]>(
  names: Names,
  ready: (bench: Bench, ...people: Each<Names, Person>) => void,
  settings: Settings = {},
): void {
  let bench: Bench | undefined;
  beforeEach(async () => {
    bench = await openBench(settings);
    const people: Person[] = [];
    for (const name of names) people.push(await bench.person(name));
    ready(bench, ...(people as Each<Names, Person>));
  });
  afterEach(() => bench?.close());
}

/** For tests of conversations: Ana is a JSON client, who sends `headers` with each request. */
export function setUpChat(
  ready: (opened: { bench: Bench; ana: Person }) => void,
  settings: Settings = {},
  headers: Record<string, string> = {},
): void {
  openForFile(settings, async (bench) => ready({ bench, ana: await bench.person('Ana', headers) }));
}

/** As `setUpChat`, with the model server's answers in the hands of the test. @returns how Ana asks something new */
export function setUpPuppets(
  ready: (opened: { bench: Bench; ana: Person; strings: Strings }) => void,
  settings: Settings = {},
) {
  let ask: (content: string) => Promise<Exchange>;
  let count = 0;
  openForFile(settings, async (bench) => {
    const strings = pullStrings(bench.model);
    const ana = await bench.person('Ana');
    ask = (content) => askAnew(ana, strings, content);
    ready({ bench, ana, strings });
  });
  return { asked: () => ask(`question ${++count}.`) };
}

/** A conversation that begins with a question, and the call for its answer. */
async function askAnew(person: Person, strings: Strings, content: string) {
  const { id, message, reply } = await person.begin({ content });
  return { id, message, reply, content, call: await strings.next(content) };
}

function openForFile(settings: Settings, use: (bench: Bench) => Promise<void>): void {
  let bench: Bench | undefined;
  beforeAll(async () => {
    bench = await openBench(settings);
    await use(bench);
  });
  afterAll(() => bench?.close());
}
