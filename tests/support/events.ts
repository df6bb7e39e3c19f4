export type ServerEvent = { id: string | undefined; event: string; data: Record<string, unknown> };

/**
 * Reads an event stream until `until` says so, the server ends it, or `ms` have passed. Aborting is the reader's
 * ordinary end here: the connection is cut, as by a closed tab.
 */
export async function readEvents(
  url: string,
  options: {
    cookie: string;
    headers?: Record<string, string>;
    method?: string;
    body?: unknown;
    until?: (event: ServerEvent, all: ServerEvent[]) => boolean;
    ms?: number;
  },
): Promise<{ status: number; headers: Headers; events: ServerEvent[]; ended: boolean }> {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), options.ms ?? 20_000);
  const events: ServerEvent[] = [];
  const response = await fetch(url, {
    method: options.method ?? 'GET',
    headers: {
      cookie: options.cookie,
      accept: 'text/event-stream',
      ...jsonHeader(options.body),
      ...options.headers,
    },
    body: options.body === undefined ? null : JSON.stringify(options.body),
    signal: abort.signal,
  });
  const finish = (ended: boolean) => {
    clearTimeout(timer);
    abort.abort();
    return { status: response.status, headers: response.headers, events, ended };
  };
  if (!response.body || !response.ok) return finish(true);
  let buffer = '';
  const decoder = new TextDecoder();
  try {
    for await (const chunk of response.body) {
      buffer += decoder.decode(chunk, { stream: true });
      const frames = buffer.split('\n\n');
      buffer = frames.pop() ?? '';
      for (const frame of frames) {
        const event = parseFrame(frame);
        if (!event) continue;
        events.push(event);
        if (options.until?.(event, events)) return finish(false);
      }
    }
    return finish(true);
  } catch (error) {
    if (!abort.signal.aborted) throw error;
    return finish(false);
  }
}

/** What a page shows after these events, by the rules of the contract: finished blocks, then the open one. */
export function shownHtml(events: readonly ServerEvent[], before = { blocks: '', tail: '' }) {
  const shown = { ...before };
  for (const { event, data } of events) {
    if (event === 'status' && data['reset']) Object.assign(shown, { blocks: '', tail: '' });
    if (event === 'block') Object.assign(shown, { blocks: shown.blocks + String(data['html']), tail: '' });
    if (event === 'tail') shown.tail = shown.tail.slice(0, Number(data['keep'])) + String(data['html']);
  }
  return shown;
}

function parseFrame(frame: string): ServerEvent | undefined {
  const fields = new Map<string, string>();
  for (const line of frame.split('\n')) {
    const [name = '', ...rest] = line.split(': ');
    if (name !== '') fields.set(name, rest.join(': '));
  }
  const data = fields.get('data');
  if (data === undefined) return undefined;
  return {
    id: fields.get('id'),
    event: fields.get('event') ?? 'message',
    data: JSON.parse(data) as Record<string, unknown>,
  };
}

const jsonHeader = (body: unknown): Record<string, string> =>
  body === undefined ? {} : { 'content-type': 'application/json' };
