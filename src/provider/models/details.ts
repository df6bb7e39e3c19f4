import type { Log } from '../../platform/log.ts';
import { fieldsOf, listOf, stringIn, type Fields } from '../json.ts';
import type { Model } from '../provider.ts';
import type { Transport } from '../transport/transport.ts';
import { readText } from '../transport/transport.ts';
import { commonLevels } from './effort.ts';
import { readModels } from './read-list.ts';

export type Details = Omit<Model, 'name' | 'kind'> & { kind?: Model['kind'] };
type Server = { baseUrl: string; apiKey: string | undefined; transport: Transport; log: Log };

const MAX_BYTES = 4 * 1024 * 1024;
/** Ollama is asked model by model: so many at most, so many at once. */
const MAX_MODELS = 200;
const AT_ONCE = 4;

/**
 * What Ollama and LM Studio tell of their models by ways of their own, beyond the list that all servers have. Which of them
 * it is stands in that list. Asked again, only new models cost a request.
 */
export function createDetails(server: Server) {
  const shown = new Map<string, Details>();

  return async function details(
    models: readonly Model[],
    signal: AbortSignal,
  ): Promise<Map<string, Details>> {
    if (models.some(({ owner }) => owner === 'organization_owner')) return ofLmStudio(server, signal);
    if (!models.some(({ owner }) => owner === 'library')) return new Map();
    const loaded = await loadedContexts(server, signal);
    const unknown = models.map(({ name }) => name).filter((name) => !shown.has(name));
    const queue = unknown.slice(0, MAX_MODELS);
    const work = async () => {
      for (let name = queue.shift(); name !== undefined; name = queue.shift())
        shown.set(name, shownByOllama(await ask(server, 'api/show', signal, { model: name })));
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    return new Map(
      [...shown].map(([name, one]) => {
        const contextTokens = loaded.get(name) ?? one.contextTokens;
        return [name, contextTokens === undefined ? one : { ...one, contextTokens }];
      }),
    );
  };
}

async function ofLmStudio(server: Server, signal: AbortSignal): Promise<Map<string, Details>> {
  const models = readModels(await ask(server, 'api/v1/models', signal)) ?? [];
  return new Map(models.map((model) => [model.name, model]));
}

/** The context that each loaded model really has, in tokens: longer input is cut without a word. */
async function loadedContexts(server: Server, signal: AbortSignal): Promise<Map<string, number>> {
  const { models } = fieldsOf(await ask(server, 'api/ps', signal));
  const entries = listOf(models)
    .map(fieldsOf)
    .map((model) => [stringIn(model['name']), Number(model['context_length'])] as const);
  return new Map(entries.filter(([name, context]) => name !== '' && context > 0));
}

/** Without a context of its own a model has the server's, which only shows once the model is loaded. */
function shownByOllama(answer: unknown): Details {
  const fields: Fields = fieldsOf(answer);
  const able = listOf(fields['capabilities']);
  if (able.length === 0) return {};
  const context = /^\s*num_ctx\s+(\d{1,9})\s*$/m.exec(stringIn(fields['parameters']))?.[1];
  const kinds = [
    ['completion', 'chat'],
    ['image', 'image'],
    ['embedding', 'other'],
  ] as const;
  const kind = kinds.find(([name]) => able.includes(name))?.[1];
  return {
    ...(kind === undefined ? {} : { kind }),
    ...(context === undefined ? {} : { contextTokens: Number(context) }),
    seesImages: able.includes('vision'),
    effortLevels: able.includes('thinking') ? ['none', ...commonLevels] : [],
  };
}

/** The JSON at a path beside the base URL; undefined when there is none. */
async function ask(
  { baseUrl, apiKey, transport, log }: Server,
  path: string,
  signal: AbortSignal,
  question?: Fields,
): Promise<unknown> {
  const body = question && JSON.stringify(question);
  try {
    const response = await transport.send({
      url: new URL(`../${path}`, `${baseUrl}/`),
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        accept: 'application/json',
        'user-agent': 'Salon',
        ...(body === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }),
        ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
      },
      body,
      signal,
      reuse: true,
    });
    const { text } = await readText(response, MAX_BYTES);
    return response.statusCode === 200 ? JSON.parse(text) : undefined;
  } catch (error) {
    signal.throwIfAborted();
    // The list says enough to go on.
    log.debug('model details unavailable', { path, cause: String(error) });
    return undefined;
  }
}
