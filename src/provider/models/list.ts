import { withDeadline } from '../../lib/deadline.ts';
import type { Log } from '../../platform/log.ts';
import { chooseModels, mergeDefaults, type ChosenDefaults, type Wanted } from './defaults.ts';
import { createDetails, type Details } from './details.ts';
import { readModels } from './read-list.ts';
import type { Model, ModelList } from '../provider.ts';
import { readText, type Transport } from '../transport/transport.ts';

export type ModelListOptions = {
  baseUrl: string;
  host: string;
  apiKey: string | undefined;
  /** The server speaks the Responses protocol. */
  hasResponses?: boolean;
  wanted: Wanted;
  /** What an administrator has chosen as defaults, asked each time. */
  chosen: () => ChosenDefaults;
  transport: Transport;
  log: Log;
  now: () => number;
};

export type KnownModels = {
  current(): ModelList;
  find(name: string): Model | undefined;
  /** Asks again unless the last answer is younger than 5 s; never throws. */
  refresh(): Promise<ModelList>;
  /** After the first answer or the first failure; 3 s at most, so that a slow list does not hold an answer up. */
  first(signal: AbortSignal): Promise<ModelList>;
  close(): void;
};

const REFRESH_MS = 5 * 60_000;
const RETRY_MS = 30_000;
const FRESH_MS = 5_000;
const ANSWER_LIMIT_MS = 10_000;
const DETAILS_LIMIT_MS = 60_000;
const FIRST_LIMIT_MS = 3_000;
const MAX_BYTES = 4 * 1024 * 1024;

/** Keeps the server's model list, asked at once, then every 5 minutes (30 s after a failure), in the background. */
export function createModelList(options: ModelListOptions): KnownModels {
  const { log, now, wanted, host } = options;
  const closed = new AbortController();
  const detailsOf = createDetails(options);
  let listed: Model[] | undefined;
  let byName = new Map<string, Model>();
  let hasFailed = false;
  let askedAt = -Infinity;
  let asking: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let reported = '';
  let made: { key: string; listed: Model[] | undefined; list: ModelList } | undefined;

  const make = (settled: Wanted, today: string): ModelList => {
    const list = chooseModels(listed, settled, today);
    if (!hasFailed) return list;
    const unavailable = { key: 'provider.list_unavailable', params: { host } };
    return {
      ...list,
      state: listed === undefined ? 'missing' : list.state,
      warnings: [...list.warnings, unavailable],
    };
  };

  // The same list until something changes: each page asks, and there may be two thousand models.
  const current = (): ModelList => {
    const settled = mergeDefaults(wanted, options.chosen());
    const today = new Date(now()).toISOString().slice(0, 10);
    const key = JSON.stringify([today, hasFailed, settled]);
    if (made?.key !== key || made.listed !== listed) made = { key, listed, list: make(settled, today) };
    return made.list;
  };

  const report = () => {
    const { warnings } = current();
    const text = JSON.stringify(warnings);
    if (text === reported) return;
    reported = text;
    for (const { key, params } of warnings) log.warn(warningNames[key] ?? key, params);
  };

  const take = (models: Model[]) => {
    listed = models;
    byName = new Map(models.map((model) => [model.name, model]));
  };

  const describe = async (models: Model[]) => {
    const nothing = new Map<string, Details>();
    const known = await withDeadline(DETAILS_LIMIT_MS, closed.signal, (signal) =>
      detailsOf(models, signal),
    ).catch(() => nothing);
    if (known.size > 0 && listed === models)
      take(models.map((model) => ({ ...model, ...known.get(model.name) })));
  };

  const ask = async () => {
    askedAt = now();
    try {
      const models = await withDeadline(ANSWER_LIMIT_MS, closed.signal, (signal) =>
        askForModels(options, signal),
      );
      take(models);
      hasFailed = false;
      // Nobody waits for more than the list.
      void describe(models);
    } catch {
      // Why is said by the first call that needs the server; the page only says that the list is missing.
      hasFailed = true;
    }
    if (closed.signal.aborted) return;
    report();
    clearTimeout(timer);
    timer = setTimeout(refresh, hasFailed ? RETRY_MS : REFRESH_MS).unref();
  };

  const refresh = async (): Promise<ModelList> => {
    if (!closed.signal.aborted && now() - askedAt >= FRESH_MS)
      asking ??= ask().finally(() => (asking = undefined));
    await asking;
    return current();
  };

  const firstAnswer = refresh();
  return {
    current,
    find: (name) => byName.get(name),
    refresh,
    async first(signal) {
      if (listed !== undefined || hasFailed) return current();
      let limit: NodeJS.Timeout | undefined;
      const aborted = new Promise<void>((_, reject) => {
        signal.throwIfAborted();
        signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      });
      const late = new Promise<void>((resolve) => (limit = setTimeout(resolve, FIRST_LIMIT_MS)));
      await Promise.race([firstAnswer, late, aborted]).finally(() => clearTimeout(limit));
      return current();
    },
    close: () => {
      closed.abort();
      clearTimeout(timer);
    },
  };
}

const warningNames: Record<string, string> = {
  'provider.model_not_listed': 'model not listed by the model server',
  'provider.model_shut_down': 'model was shut down',
  'provider.list_unavailable': 'model list unavailable',
};

export type AskOptions = Pick<ModelListOptions, 'baseUrl' | 'apiKey' | 'transport' | 'hasResponses'>;

/**
 * One `GET /models`.
 * @throws Error when the server cannot be reached or its answer is no JSON model list
 */
export async function askForModels(
  { baseUrl, apiKey, transport, hasResponses }: AskOptions,
  signal: AbortSignal,
): Promise<Model[]> {
  const response = await transport.send({
    url: new URL(`${baseUrl}/models`),
    method: 'GET',
    headers: {
      accept: 'application/json',
      'user-agent': 'Salon',
      ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
    },
    signal,
    reuse: true,
  });
  const { text, cut } = await readText(response, MAX_BYTES);
  const models = response.statusCode === 200 && !cut ? readModels(JSON.parse(text), hasResponses) : undefined;
  if (models === undefined) throw new Error('no model list');
  return models;
}
