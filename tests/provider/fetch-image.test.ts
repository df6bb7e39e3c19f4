import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { beforeEach, describe, expect, it } from 'vitest';
import { fetchImage, type Lookup } from '../../src/provider/images/fetch-image.ts';
import { isPublicAddress } from '../../src/provider/images/private-addresses.ts';
import type { ModelServer } from '../support/model-server.ts';
import { png } from '../support/model-server-images.ts';
import { codeOf, openProvider, paint, setUpProvider } from './setup.ts';

let server: ModelServer;
let canary: { port: number; connections: () => number };
const { cleanUp } = setUpProvider((started) => (server = started));
beforeEach(async () => {
  let connections = 0;
  const listener = http.createServer((_, response) => response.end(png(4, 4)));
  listener.on('connection', () => (connections += 1));
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  cleanUp.push(() => listener.close());
  canary = { port: (listener.address() as AddressInfo).port, connections: () => connections };
});

const fetchFrom = (
  address: unknown,
  options: { lookup?: Lookup; limitMs?: number; signal?: AbortSignal } = {},
) =>
  fetchImage(address, {
    baseUrl: server.baseUrl,
    limitMs: 20_000,
    signal: new AbortController().signal,
    ...options,
  }).then(
    (bytes) => ({ bytes, code: undefined, error: undefined }),
    (error: unknown) => ({ bytes: undefined, code: codeOf(error), error }),
  );

const literals = [
  '127.0.0.1',
  '127.1',
  '2130706433',
  '0x7f000001',
  '0177.0.0.1',
  '127.0.1',
  '0',
  '0.0.0.0',
  '10.0.0.1',
  '172.16.0.1',
  '192.168.1.1',
  '169.254.169.254',
  '100.64.0.1',
  '198.18.0.1',
  '224.0.0.1',
  '255.255.255.255',
  '[::1]',
  '[::]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[::ffff:0:127.0.0.1]',
  '[::127.0.0.1]',
  '[64:ff9b::7f00:1]',
  '[64:ff9b:1::7f00:1]',
  '[2002:7f00:1::]',
  '[2001::7f00:1]',
  '[2001:db8::1]',
  '[fc00::1]',
  '[fd12:3456::1]',
  '[fe80::1]',
  '[fe80::1%25eth0]',
  '[fec0::1]',
  '[ff02::1]',
  '[100::1]',
  'localhost',
  'LOCALHOST.',
];

describe('an address of an image', () => {
  it.each(literals)('%s is refused without a connection', async (host) => {
    const fetched = await fetchFrom(`http://${host}:${canary.port}/image.png`);
    expect(fetched.code).toBe('upstream_image_url');
    expect(canary.connections()).toBe(0);
  });

  it('knows public addresses from others', () => {
    expect(
      ['8.8.8.8', '1.1.1.1', '2606:4700::1111', '2a00:1450:4001::1'].filter(isPublicAddress),
    ).toHaveLength(4);
    expect(['', 'name', '8.8.8', 'fe80::1%eth0'].some(isPublicAddress)).toBe(false);
  });

  it.each([301, 302, 303, 307, 308])('a %d to an internal address is not followed', async (status) => {
    const target = encodeURIComponent(`http://127.0.0.1:${canary.port}/image.png`);
    const fetched = await fetchFrom(`${server.url}/files/${status}?${target}`);
    expect(fetched.code).toBe('upstream_image_url');
    expect(canary.connections()).toBe(0);
  });

  it('takes a relative URL, and the other name of this machine, for the own origin', async () => {
    const other = server.url.replace('127.0.0.1', 'localhost');
    for (const url of ['/files/ok.png', `${other}/files/ok.png`])
      expect((await fetchFrom(url)).bytes?.length).toBeGreaterThan(0);
    expect((await fetchFrom('http://localhost:1/files/ok.png')).code).toBe('upstream_image_url');
  });

  it('follows three hops on the own origin and not four', async () => {
    const through = (hops: number): string =>
      hops === 0
        ? `${server.url}/files/ok.png`
        : `${server.url}/files/302?${encodeURIComponent(through(hops - 1))}`;
    expect((await fetchFrom(through(3))).bytes?.length).toBeGreaterThan(0);
    expect((await fetchFrom(through(4))).code).toBe('upstream_image_url');
  });

  it('not to another scheme', async () => {
    const fetched = await fetchFrom(`${server.url}/files/302?${encodeURIComponent('file:///etc/passwd')}`);
    expect(fetched.code).toBe('upstream_image_url');
  });

  it('a name with one private address among public ones is refused', async () => {
    const lookup: Lookup = () =>
      Promise.resolve([
        { address: '93.184.215.14', family: 4 },
        { address: '127.0.0.1', family: 4 },
      ]);
    expect((await fetchFrom(`http://mixed.example:${canary.port}/`, { lookup })).code).toBe(
      'upstream_image_url',
    );
    expect(canary.connections()).toBe(0);
  });

  it('the name is asked once, and the connection goes to the address that was checked', async () => {
    // Public by its network, yet not assigned to anybody, so nothing answers.
    const answers = ['2000::1', '127.0.0.1'];
    let asked = 0;
    const lookup: Lookup = () => Promise.resolve([{ address: answers[asked++] ?? '127.0.0.1', family: 6 }]);
    const fetched = await fetchFrom(`http://changing.example:${canary.port}/`, { lookup, limitMs: 300 });
    expect(fetched.code).toBe('upstream_image_url');
    expect(asked).toBe(1);
    expect(canary.connections()).toBe(0);
  });

  it.each([
    'file:///etc/passwd',
    'ftp://example.com/a.png',
    'gopher://example.com/',
    'data:image/png;base64,AAAA',
    'blob:http://example.com/1',
    'unix:/run/x.sock',
    'http+unix://%2Frun%2Fx.sock/a',
    'jar:http://example.com/a!/b',
    '//127.0.0.1/a.png',
    'http://user:word@example.com/a.png',
    '',
    42,
    null,
    {},
  ])('%j is refused', async (address) => {
    expect((await fetchFrom(address)).code).toBe('upstream_image_url');
  });

  it('an open and a closed internal port look the same', async () => {
    const open = await fetchFrom(`http://127.0.0.1:${canary.port}/`);
    const closed = await fetchFrom('http://127.0.0.1:9/');
    expect(String(open.error)).toBe(String(closed.error));
    expect(open.error).toMatchObject({ params: {} });
  });

  it.each([
    ['403', 'upstream_image_url'],
    ['404', 'upstream_image_url'],
    ['410', 'upstream_image_url'],
    ['html', 'upstream_image_unreadable'],
    ['svg', 'upstream_image_unreadable'],
    ['long', 'upstream_too_large'],
    ['endless', 'upstream_too_large'],
  ])('an answer of the kind "%s" is %s', async (path, code) => {
    expect((await fetchFrom(`${server.url}/files/${path}`)).code).toBe(code);
  });

  it('a slow one ends at the limit, and at once when cancelled', async () => {
    expect((await fetchFrom(`${server.url}/files/slow`, { limitMs: 200 })).code).toBe('upstream_image_url');
    const reason = new Error('cancelled');
    const stop = new AbortController();
    const before = server.requests.length;
    const fetching = fetchFrom(`${server.url}/files/slow`, { signal: stop.signal });
    await expect.poll(() => server.requests.length, { timeout: 10_000 }).toBe(before + 1);
    stop.abort(reason);
    expect((await fetching).error).toBe(reason);
  });

  it('the rules hold for what a model server answers', async () => {
    const { provider } = openProvider({ OPENAI_BASE_URL: server.baseUrl }, cleanUp);
    const painted = await paint(provider, {
      prompt: `[[url=http://127.0.0.1:${canary.port}/a.png]]`,
      model: 'dall-e-3',
    });
    expect(painted.code).toBe('upstream_image_url');
    expect(canary.connections()).toBe(0);
  });
});
