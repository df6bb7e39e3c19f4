import type { Config } from '../platform/config.ts';
import type { Log } from '../platform/log.ts';
import { familyOf } from './images/families.ts';
import type { Lessons } from './lessons/lessons.ts';
import type { Lookup } from './images/fetch-image.ts';
import { createAdmission } from './transport/admission.ts';
import type { ChosenDefaults } from './models/defaults.ts';
import { levelsOf, takesEffort } from './models/effort.ts';
import { parameterNames, takenParameters } from './models/parameters.ts';
import { createModelList } from './models/list.ts';
import { autoChat, autoImage } from './models/known.ts';
import type { Provider, ServedBy } from './provider.ts';
import { protocolFor, speaksResponses } from './chat/choose-protocol.ts';
import { createChatStream, type ServerAccess } from './chat/stream.ts';
import type { Transport } from './transport/transport.ts';

/** What stands behind the seam once it is known which model server is used. */
export type Backend = Omit<Provider, 'connection' | 'imageConnection' | 'ready'>;

export type ServerOptions = {
  baseUrl: string;
  apiKey: string | undefined;
  /** The id of this server's row. */
  identify(): Promise<string | null>;
  lessons: Lessons;
  /** The default models that an administrator has chosen. */
  chosen: () => ChosenDefaults;
  config: Config['provider'];
  transport: Transport;
  log: Log;
  now: () => number;
  lookup?: Lookup | undefined;
};

/** An OpenAI-compatible server. Its image part is loaded by the first image. */
export function createServer(options: ServerOptions): Backend {
  const { baseUrl, apiKey, identify, lessons, config, transport, log, now, lookup } = options;
  const host = new URL(baseUrl).host;
  const chatAdmission = createAdmission(config.chatLimits, now);
  const imageAdmission = createAdmission(config.imageLimits, now);
  const admission = chatAdmission;
  const hasResponses = speaksResponses({ api: config.api, host });
  const { chosen } = options;
  const server = { baseUrl, host, apiKey, hasResponses, transport, log, now };
  const list = createModelList({ ...server, wanted: config, chosen });
  const access: ServerAccess = {
    ...config,
    baseUrl,
    host,
    apiKey,
    transport,
    log,
    admission,
    lessons,
    find: list.find,
  };
  const stream = createChatStream(access);

  const modelFor = async (kind: 'chat' | 'image', named: string | undefined, signal: AbortSignal) => {
    if (named !== undefined && named !== 'auto') return named;
    const { defaultChat, defaultImage } = await list.first(signal);
    // A server may make images with models that it does not list; if it cannot, it says so itself.
    const fallback = kind === 'chat' ? autoChat[0] : autoImage[0];
    return (kind === 'chat' ? defaultChat : defaultImage) ?? fallback ?? 'auto';
  };

  const serverFor = async (
    kind: 'chat' | 'image',
    named: string | undefined,
    call: { signal: AbortSignal; onServer?(server: ServedBy): void },
  ): Promise<ServedBy> => {
    const server = { model: await modelFor(kind, named, call.signal), providerId: await identify() };
    call.onServer?.(server);
    return server;
  };

  const image: Backend['image'] = async (request, call) => {
    const server = await serverFor('image', request.model, call);
    const { makeImages } = await import('./images/make-images.ts');
    return makeImages(
      { ...access, admission: imageAdmission, lookup, defaults: config },
      server,
      request,
      call,
    );
  };

  return {
    models: list.current,
    refreshModels: list.refresh,
    model: list.find,
    async takesEffort(named) {
      const model = named === undefined || named === 'auto' ? list.current().defaultChat : named;
      if (model === undefined) return false;
      const known = lessons.of({ providerId: await identify(), model });
      return takesEffort(levelsOf(model, list.find(model)), known);
    },
    async parametersOf(named) {
      const model = named === undefined || named === 'auto' ? list.current().defaultChat : named;
      if (model === undefined) return parameterNames;
      return takenParameters(model, lessons.of({ providerId: await identify(), model }));
    },
    imageFamily: (model) =>
      familyOf(model === undefined || model === 'auto' ? (list.current().defaultImage ?? '') : model),
    async chat(request, call) {
      return stream(await serverFor('chat', request.model, call), request, call);
    },
    image,
    async test(call) {
      const { testServer } = await import('./self-test/self-test.ts');
      const server = await serverFor('chat', undefined, call);
      const models = await list.refresh();
      const { sizes, qualities } = familyOf(models.defaultImage ?? '');
      const paint = (signal: AbortSignal) =>
        image(
          {
            prompt: 'A red dot on white',
            size: sizes.find((size) => size !== 'auto'),
            quality: qualities.find((quality) => quality === 'low'),
          },
          { ...call, signal, onImage: () => Promise.resolve() },
        );
      const known = lessons.of(server);
      const protocol = protocolFor({ api: config.api, host, model: server.model }, known);
      const fields = protocol.fields(server.model, {}, known);
      const about = { baseUrl, host, apiKey, transport, server, protocol, fields };
      return testServer({ ...about, list: models, paint, call });
    },
    close: () => {
      list.close();
      chatAdmission.close();
      imageAdmission.close();
    },
  };
}
