import type { Counter, Histogram, Registry } from 'prom-client';

type Labels = Record<string, string>;
type Observation = (known: Known) => void;
type Known = {
  registry: Registry;
  requests: Histogram;
  upstream: Histogram;
  firstToken: Histogram;
  database: Histogram;
  tokens: Counter;
  upstreamErrors: Counter;
  jobs: Counter;
};

/** Observations that come before the library is loaded are kept, up to so many. */
const MAX_WAITING = 10_000;
const REQUEST_SECONDS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60];
const UPSTREAM_SECONDS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];
const DATABASE_SECONDS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25, 1];

export type Metrics = ReturnType<typeof createMetrics>;

/**
 * What Salon tells Prometheus: numbers and outcomes, never a name or a text. The library is loaded by `load()`, after
 * the start; what is observed before that is counted then. All times are seconds.
 */
export function createMetrics() {
  const waiting: Observation[] = [];
  const gauges: { name: string; help: string; read: () => number }[] = [];
  let known: Known | undefined;
  let loading: Promise<Known> | undefined;

  const observe = (observation: Observation) => {
    if (known) observation(known);
    else if (waiting.length < MAX_WAITING) waiting.push(observation);
  };
  const load = () =>
    (loading ??= define(gauges).then((defined) => {
      known = defined;
      for (const observation of waiting.splice(0)) observation(defined);
      return defined;
    }));

  return {
    load,
    /** A number that is read when somebody asks. To be named before `load()`. */
    gauge: (name: string, help: string, read: () => number) => void gauges.push({ name, help, read }),
    request: (labels: { method: string; route: string; status: string }, seconds: number) =>
      observe(({ requests }) => requests.observe(labels, seconds)),
    upstream: (labels: { kind: string; outcome: string }, seconds: number) =>
      observe(({ upstream }) => upstream.observe(labels, seconds)),
    upstreamError: (code: string) => observe(({ upstreamErrors }) => upstreamErrors.inc({ code })),
    firstToken: (seconds: number) => observe(({ firstToken }) => firstToken.observe(seconds)),
    tokens: (direction: 'prompt' | 'completion', count: number) =>
      observe(({ tokens }) => tokens.inc({ direction }, count)),
    database: (operation: string, seconds: number) =>
      observe(({ database }) => database.observe({ operation }, seconds)),
    jobEnded: (labels: Labels) => observe(({ jobs }) => jobs.inc(labels)),
    /** Everything in Prometheus' text format. */
    async text(): Promise<{ type: string; body: string }> {
      const { registry } = await load();
      return { type: registry.contentType, body: await registry.metrics() };
    },
  };
}

async function define(gauges: { name: string; help: string; read: () => number }[]): Promise<Known> {
  const { default: client } = await import('prom-client');
  const registry = new client.Registry();
  const registers = [registry];
  client.collectDefaultMetrics({ register: registry, prefix: 'salon_' });
  for (const { name, help, read } of gauges)
    new client.Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  const histogram = (name: string, help: string, labelNames: string[], buckets: number[]) =>
    new client.Histogram({ name, help, labelNames, buckets, registers });
  const counter = (name: string, help: string, labelNames: string[]) =>
    new client.Counter({ name, help, labelNames, registers });
  return {
    registry,
    requests: histogram(
      'salon_http_request_seconds',
      'Time of finished requests, event streams included',
      ['method', 'route', 'status'],
      REQUEST_SECONDS,
    ),
    upstream: histogram(
      'salon_upstream_seconds',
      'Time of calls to the model server by kind and outcome',
      ['kind', 'outcome'],
      UPSTREAM_SECONDS,
    ),
    firstToken: histogram(
      'salon_first_token_seconds',
      'Time from the call to the first text of an answer',
      [],
      UPSTREAM_SECONDS,
    ),
    database: histogram('salon_database_seconds', 'Time of database calls', ['operation'], DATABASE_SECONDS),
    tokens: counter('salon_tokens_total', 'Tokens read and written by the model server', ['direction']),
    upstreamErrors: counter('salon_upstream_errors_total', 'Failed calls to the model server', ['code']),
    jobs: counter('salon_jobs_ended_total', 'Jobs that came to an end', ['kind', 'status']),
  };
}
