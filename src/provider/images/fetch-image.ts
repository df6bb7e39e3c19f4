import dns from 'node:dns/promises';
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { isIP } from 'node:net';
import { withDeadline } from '../../lib/deadline.ts';
import { AppError, isAppError } from '../../lib/errors.ts';
import { MAX_IMAGE_BYTES, sniffImage } from '../../platform/image-codec.ts';
import { isPublicAddress } from './private-addresses.ts';

export type Address = { address: string; family: number };
export type Lookup = (host: string) => Promise<Address[]>;

export type FetchOptions = {
  /** The configured model server: its own origin may be a private IP address. */
  baseUrl: string;
  /** For all steps together. */
  limitMs: number;
  signal: AbortSignal;
  lookup?: Lookup | undefined;
};

const MAX_REDIRECTS = 3;
const redirects = new Set([301, 302, 303, 307, 308]);
const imageTypes = /^(image\/|application\/octet-stream\b|binary\/octet-stream\b)/i;

/**
 * Fetches an image that a model server handed over as a URL. Only http and https; every hop's name is resolved
 * once, refused when any of its addresses is private, and connected to exactly the address that was checked. Nothing
 * that identifies us is sent. Every refusal looks the same, so nobody can map a network with it.
 * @throws AppError `upstream_image_url`, `upstream_image_unreadable`, `upstream_too_large`; when aborted `signal.reason`
 */
export async function fetchImage(url: unknown, options: FetchOptions): Promise<Buffer> {
  try {
    return await withDeadline(options.limitMs, options.signal, (signal) => follow(url, options, signal));
  } catch (error) {
    if (options.signal.aborted) throw options.signal.reason;
    throw isAppError(error) ? error : refused(error);
  }
}

async function follow(first: unknown, options: FetchOptions, signal: AbortSignal): Promise<Buffer> {
  const lookup = options.lookup ?? ((host) => dns.lookup(host, { all: true }));
  const own = new URL(options.baseUrl);
  // A server may name itself by a relative URL, or on this machine by its other name.
  let url = parse(first, own);
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    const pinned = isSameOrigin(url, own) ? undefined : await checked(url, lookup, signal);
    const response = await get(url, pinned, signal);
    const location = response.headers.location;
    if (!redirects.has(response.statusCode ?? 0) || location === undefined) return read(response);
    response.destroy();
    url = parse(location, url);
  }
  throw refused();
}

const loopback = /^(localhost|127\.0\.0\.1|\[::1\])$/;

/** On this machine `localhost` and 127.0.0.1 are one, at the same port. */
function isSameOrigin(url: URL, own: URL): boolean {
  if (url.origin === own.origin) return true;
  const areLoopback = loopback.test(url.hostname) && loopback.test(own.hostname);
  return areLoopback && url.protocol === own.protocol && url.port === own.port;
}

/** `URL` itself writes every notation of an IPv4 address (decimal, octal, hex, short) as four plain numbers. */
function parse(given: unknown, base?: URL): URL {
  if (typeof given !== 'string' || given === '' || !URL.canParse(given, base)) throw refused();
  const url = new URL(given, base);
  if (!['http:', 'https:'].includes(url.protocol) || url.username !== '' || url.password !== '')
    throw refused();
  return url;
}

/** The IP address to connect to. All must be public: one private among public ones is an attempt to get in. */
async function checked(url: URL, lookup: Lookup, signal: AbortSignal): Promise<Address> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const addresses = isIP(host)
    ? [{ address: host, family: isIP(host) }]
    : await resolve(host, lookup, signal);
  const [first] = addresses;
  if (first === undefined || !addresses.every(({ address }) => isPublicAddress(address))) throw refused();
  return first;
}

/** The system's resolver knows no abort; its late answer is dropped. */
function resolve(host: string, lookup: Lookup, signal: AbortSignal): Promise<Address[]> {
  return new Promise((done, fail) => {
    const onAbort = () => fail(refused());
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    lookup(host).then(done, fail);
  });
}

function get(url: URL, pinned: Address | undefined, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((done, fail) => {
    const call = (url.protocol === 'https:' ? https : http).request(url, {
      agent: false,
      signal,
      headers: { accept: 'image/*', 'accept-encoding': 'identity', 'user-agent': 'Salon' },
      ...(pinned === undefined ? {} : { lookup: always(pinned) }),
    });
    call.once('response', done);
    call.on('error', fail);
    call.end();
  });
}

/** The connection resolves the name again; it gets the IP address that was checked, so no rebinding in between. */
function always({ address, family }: Address): NonNullable<http.RequestOptions['lookup']> {
  return (_host, options, callback) => {
    if (options.all) callback(null, [{ address, family }]);
    else callback(null, address, family);
  };
}

async function read(response: IncomingMessage): Promise<Buffer> {
  const type = response.headers['content-type'];
  const encoding = response.headers['content-encoding'] ?? 'identity';
  const problem =
    response.statusCode !== 200
      ? refused()
      : (type !== undefined && !imageTypes.test(type)) || encoding !== 'identity'
        ? new AppError('upstream_image_unreadable')
        : Number(response.headers['content-length'] ?? 0) > MAX_IMAGE_BYTES
          ? new AppError('upstream_too_large')
          : undefined;
  if (problem) {
    response.destroy();
    throw problem;
  }
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > MAX_IMAGE_BYTES) throw new AppError('upstream_too_large');
    parts.push(part);
  }
  const bytes = Buffer.concat(parts);
  if (sniffImage(bytes) === undefined) throw new AppError('upstream_image_unreadable');
  return bytes;
}

function refused(cause?: unknown): AppError {
  return new AppError('upstream_image_url', { cause });
}
