import type { Config } from '../platform/config.ts';
import type { Log } from '../platform/log.ts';
import type {
  ChatCall,
  ChatOutcome,
  ChatRequest,
  ImageCall,
  ImageOutcome,
  ImageRequest,
  ParameterName,
} from './calls.ts';
import type { OnAttempt } from './metering.ts';
import {
  configuredConnection,
  configuredImageConnection,
  demoConnection,
  findLocalServer,
  localServers,
  pendingConnection,
  type LocalServer,
} from './transport/connection.ts';
import { createDemo } from './demo/demo.ts';
import type { Lookup } from './images/fetch-image.ts';
import type { SizeRule } from './images/free-size.ts';
import type { Model, ModelList } from './models/model.ts';
import { createLessons, type Lessons } from './lessons/lessons.ts';
import type { CheckResult } from './self-test/self-test.ts';
import { createJoin, noModels } from './models/join-lists.ts';
import type { ChosenDefaults } from './models/defaults.ts';
import type { Identify } from './servers/servers.ts';
import { createServer, type Backend } from './server.ts';
import { createTransport } from './transport/transport.ts';

export type * from './calls.ts';
export type * from './models/model.ts';
export type { Attempt, AttemptEnd, CallAccount, OnAttempt } from './metering.ts';

/** What an image model takes; a form shows only these. An empty list means: do not send, do not show. */
export type ImageFamily = {
  name: string;
  sizes: readonly string[];
  /** Any other size that fits, or is rounded to one. */
  freeSizes?: SizeRule;
  qualities: readonly string[];
  backgrounds: readonly string[];
  /** Of a transparent background; a preview is offered, and may be refused. */
  transparency: 'yes' | 'preview' | 'no';
  formats: readonly string[];
  /** 0 to 100, for JPEG and WebP alone. */
  takesCompression: boolean;
  /** How strictly the server filters what it makes; an edit has no such choice. */
  moderations: readonly string[];
  maxCount: number;
  /** Undefined: it makes new images only. */
  edits: ImageEdits | undefined;
  /** Shows an image as it grows. */
  streamsPartials: boolean;
};

/** What the edit of an image can be given. */
export type ImageEdits = {
  maxReferences: number;
  takesMask: boolean;
  /** Drawn over the first image: what is to be changed, and how. */
  takesMarkup: boolean;
  inputFidelities: readonly string[];
};

/** Which model server is in use. `demo` is the built-in model; `pending` while local servers are being asked. */
export type Connection = {
  kind: 'demo' | 'server' | 'pending';
  /** Where it comes from: `env`, `image-env`, `demo`, or the local server found (`ollama`, `lmstudio`, `llamacpp`). */
  source: string;
  /** Shown to people: a host name or `Demo`. */
  name: string;
  baseUrl: string | undefined;
};

/** The model server as the rest of Salon sees it. The adapters are `server.ts` (any compatible server) and `demo/`. */
export interface Provider {
  /** The connection as known now, without waiting. */
  connection(): Connection;
  /** The server that makes images; the same one unless the settings name another. */
  imageConnection(): Connection;
  /** Waits for the look for local servers (300 ms at most), then the same. */
  ready(): Promise<Connection>;
  /** The list as known now (empty before the first answer), without waiting; refreshed in the background. */
  models(): ModelList;
  /** Asks the server again (at most every few seconds) and returns the list; never throws. */
  refreshModels(): Promise<ModelList>;
  /** What is known of a chat or image model; undefined when its server does not list it. */
  model(name: string): Model | undefined;
  /** Whether a chat model can be told how much to think. `undefined` or `auto`: the default chat model. */
  takesEffort(model?: string): Promise<boolean>;
  /** Which parameters a chat model takes, as far as it is known. `undefined` or `auto`: the default chat model. */
  parametersOf(model?: string): Promise<readonly ParameterName[]>;
  /** What the image model takes. `undefined` or `auto`: the default image model. */
  imageFamily(model?: string): ImageFamily;
  /**
   * Streams one answer. Resolves only when the model server has ended it.
   * @throws AppError `upstream_*`; when aborted, `signal.reason`.
   */
  chat(request: ChatRequest, call: ChatCall): Promise<ChatOutcome>;
  /** Makes images. @throws AppError `upstream_*`; when aborted, `signal.reason`. */
  image(request: ImageRequest, call: ImageCall): Promise<ImageOutcome>;
  /**
   * Tries what the server can do: a few short calls, and an image where it makes some. Nothing for the demo model.
   * @throws `signal.reason` when aborted
   */
  test(call: { signal: AbortSignal; onAttempt?: OnAttempt | undefined }): Promise<CheckResult[]>;
  close(): void;
}

export type ProviderOptions = {
  config: Config['provider'];
  mode: Config['mode'];
  log: Log;
  /** Where to look for local servers; by default the usual ports, and nowhere in mode `test`. */
  localPorts?: readonly LocalServer[];
  now?: () => number;
  /** Notes the servers that are used; without it they have no ids. */
  identify?: Identify;
  /** What servers refused before; without it that is learned anew in each process. */
  lessons?: Lessons;
  /** The default models that an administrator has chosen for a server, by its base URL. */
  chosenDefaults?: (baseUrl: string) => ChosenDefaults;
  /** How the host names of image URLs are resolved; tests give their own. */
  lookup?: Lookup;
};

/**
 * Chooses the model server: the one in the settings, else a local one that answers, else the demo; and the one for images,
 * where the settings name another. Returns at once; what has to be asked is asked in the background.
 */
export function createProvider(options: ProviderOptions): Provider {
  const { config, mode, log, now = Date.now, lookup, identify = () => Promise.resolve(null) } = options;
  const lessons = options.lessons ?? createLessons({ log, now });
  const transport = createTransport();
  const servers = options.localPorts ?? (mode === 'test' ? [] : localServers);
  let connection = pendingConnection;
  let backend: Backend | undefined;
  let isClosed = false;

  const open = ({ source, name, baseUrl }: Connection, apiKey: string | undefined): Backend => {
    const noted = () => identify({ name, baseUrl });
    if (baseUrl === undefined) return createDemo(noted);
    log.info('model server chosen', { source, name });
    const chosen = () => options.chosenDefaults?.(baseUrl) ?? {};
    const server = { baseUrl, apiKey, identify: noted, lessons, chosen };
    return createServer({ ...server, config, transport, log, now, lookup });
  };

  const use = (chosen: Connection): Backend => {
    connection = chosen;
    // A key belongs to the server it was configured for, never to one that was merely found on this machine.
    backend = open(chosen, chosen.source === 'env' ? config.apiKey : undefined);
    if (isClosed) backend.close();
    return backend;
  };

  const look = async () => use((await findLocalServer(servers, transport)) ?? demoConnection);

  const configured = configuredConnection(config) ?? (servers.length === 0 ? demoConnection : undefined);
  const chosen = configured === undefined ? look() : Promise.resolve(use(configured));
  const imageConnection = configuredImageConnection(config);
  const imageBackend = imageConnection && open(imageConnection, config.imageApiKey ?? config.apiKey);
  const joined = createJoin();

  return {
    connection: () => connection,
    imageConnection: () => imageConnection ?? connection,
    ready: async () => {
      await chosen;
      return connection;
    },
    models: () => joined(backend?.models() ?? noModels, imageBackend?.models()),
    refreshModels: async () => {
      const [models, imageModels] = await Promise.all([
        chosen.then((server) => server.refreshModels()),
        imageBackend?.refreshModels(),
      ]);
      return joined(models, imageModels);
    },
    model: (name) => backend?.model(name) ?? imageBackend?.model(name),
    takesEffort: async (model) => backend?.takesEffort(model) ?? false,
    parametersOf: async (model) => backend?.parametersOf(model) ?? [],
    imageFamily: (model) => (imageBackend ?? backend ?? createDemo()).imageFamily(model),
    chat: async (request, call) => (await chosen).chat(request, call),
    image: async (request, call) => (imageBackend ?? (await chosen)).image(request, call),
    test: async (call) => (await chosen).test(call),
    close: () => {
      isClosed = true;
      backend?.close();
      imageBackend?.close();
      transport.close();
    },
  };
}
