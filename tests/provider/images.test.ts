import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/lib/errors.ts';
import { encodeImage } from '../../src/platform/image-codec.ts';
import { json, type ModelServer } from '../support/model-server.ts';
import { codeOf, openProvider, paint, setUpProvider } from './setup.ts';

let server: ModelServer;
const { cleanUp, open } = setUpProvider((started) => (server = started));
const bodies = () => server.calls().map(({ body }) => body);

describe('an image', () => {
  it('comes as bytes from a GPT Image model, which gets only the parameters it takes', async () => {
    const { provider, log } = open();
    const painted = await paint(provider, {
      prompt: 'a hill [[revised=steep]]',
      size: '1536x1024',
      quality: 'high',
      background: 'transparent',
      format: 'webp',
      n: 2,
    });
    expect(painted.made).toBe(2);
    const [first] = painted.images;
    expect(await encodeImage(first?.bytes ?? Buffer.alloc(0), { format: 'png' })).toMatchObject({
      width: 1536,
    });
    expect(first?.revisedPrompt).toBe('steep');
    expect(bodies()).toEqual([
      {
        model: 'gpt-image-1',
        prompt: 'a hill [[revised=steep]]',
        size: '1536x1024',
        quality: 'high',
        background: 'transparent',
        output_format: 'webp',
        n: 2,
      },
    ]);
    expect(log.lines.map(({ event }) => event)).toContain('image bytes received');
  });

  it('is asked for with compression and filter where the model takes them', async () => {
    const { provider } = open();
    const request = { prompt: 'a hill', compression: 40, moderation: 'low' };
    await paint(provider, { ...request, format: 'jpeg' });
    await paint(provider, { ...request, format: 'png', moderation: 'auto' });
    await paint(provider, { ...request, format: 'jpeg', model: 'flux-dev' });
    const asked = bodies().map((body) => [body['output_compression'], body['moderation']]);
    expect(asked).toEqual([
      [40, 'low'],
      [undefined, undefined],
      [undefined, undefined],
    ]);
  });

  it('is asked for with the sizes and qualities of DALL·E 3 alone, one at a time', async () => {
    const { provider } = open();
    const painted = await paint(provider, {
      prompt: 'a hill',
      model: 'dall-e-3',
      size: '1536x1024',
      quality: 'hd',
      background: 'transparent',
      n: 3,
    });
    expect(painted.images.map(({ index }) => index)).toEqual([0, 1, 2]);
    const body = {
      model: 'dall-e-3',
      prompt: 'a hill',
      size: '1024x1024',
      quality: 'hd',
      response_format: 'b64_json',
    };
    expect(bodies()).toEqual([body, body, body]);
  });

  it('is asked for without response_format when the server refuses that', async () => {
    const { provider } = open();
    const painted = await paint(provider, { prompt: '[[noformat url]]', model: 'dall-e-3' });
    expect(painted.made).toBe(1);
    expect(bodies().map((body) => 'response_format' in body)).toEqual([true, false]);
  });

  it('is fetched, without the key, when it comes as an address on the model server', async () => {
    const { provider, log } = open();
    const painted = await paint(provider, { prompt: '[[url]]', model: 'dall-e-3' });
    expect(painted.images[0]?.bytes.subarray(1, 4).toString()).toBe('PNG');
    const file = server.requests.find(({ path }) => path === '/files/ok.png');
    expect(file?.headers.authorization).toBeUndefined();
    expect(log.lines.map(({ event }) => event)).toContain('image URL received');
  });

  it('carries no details of this machine to the server', async () => {
    const { provider } = open();
    await paint(provider, 'a hill');
    const names = Object.keys(server.calls()[0]?.headers ?? {});
    expect(names.filter((name) => name.startsWith('x-stainless') || name.startsWith('openai-'))).toEqual([]);
  });

  it('sends no authorization when no key is set', async () => {
    const { provider } = openProvider({ OPENAI_BASE_URL: server.baseUrl }, cleanUp);
    expect((await paint(provider, 'a hill')).made).toBe(1);
    expect(server.calls()[0]?.headers.authorization).toBeUndefined();
  });

  it('tells once, before the first request, that money may now be spent', async () => {
    const { provider } = open();
    const seen: number[] = [];
    await provider.image(
      { prompt: 'a hill', model: 'dall-e-3', n: 2 },
      {
        signal: new AbortController().signal,
        onSent: () => void seen.push(server.calls().length),
        onImage: () => Promise.resolve(),
      },
    );
    expect(seen).toEqual([0]);
  });

  it('ends with the reason when it is cancelled, and the server sees the connection close', async () => {
    const { provider } = open();
    const stop = new AbortController();
    const painting = paint(provider, '[[hang]]', stop.signal);
    await expect.poll(() => server.calls().length).toBe(1);
    const reason = new Error('cancelled by a person');
    stop.abort(reason);
    expect((await painting).error).toBe(reason);
    await expect.poll(() => server.calls()[0]?.isAborted).toBe(true);
  });

  it('does not hide a full disk of ours behind the images that were kept', async () => {
    const { provider } = open();
    const full = new AppError('storage_full');
    const ended = provider.image(
      { prompt: 'a hill', n: 2 },
      {
        signal: new AbortController().signal,
        onImage: ({ index }) => (index === 1 ? Promise.reject(full) : Promise.resolve()),
      },
    );
    await expect(ended).rejects.toBe(full);
  });
});

describe('an image that fails', () => {
  it('is asked for again after the wait the server names', async () => {
    const { provider } = open();
    const painted = await paint(provider, '[[err=429 retry-after=1 times=1]]');
    expect(painted.made).toBe(1);
    expect(painted.waiting).toEqual([{ reason: 'limited', seconds: 1, attempt: 1 }]);
  });

  it.each([
    ['err=429 retry-after=120', 'upstream_limited'],
    ['err=429 code=billing_hard_limit_reached', 'upstream_no_credit'],
    ['err=400 code=moderation_blocked', 'upstream_filtered'],
    ['err=401', 'upstream_key_refused'],
    ['err=404', 'upstream_model_missing'],
    ['err=413', 'upstream_too_long'],
    ['err=422', 'upstream_refused'],
    ['err=302 location=http://127.0.0.1:9/', 'upstream_bad_answer'],
    ['html', 'upstream_bad_answer'],
    ['nodata', 'upstream_bad_answer'],
    ['reset', 'outcome_unknown'],
  ])('"%s" is %s after one request', async (fault, code) => {
    const { provider } = open();
    expect((await paint(provider, `[[${fault}]]`)).code).toBe(code);
    expect(server.calls()).toHaveLength(1);
  });

  it('a server error is tried again, and told in the end', async () => {
    const { provider } = open({ OPENAI_MAX_RETRIES: '1' });
    expect((await paint(provider, '[[err=502 page]]')).code).toBe('upstream_failed');
    expect(server.calls()).toHaveLength(2);
  });

  it('ends at six times the idle limit', async () => {
    const { provider } = open({ OPENAI_TIMEOUT: '0.5' });
    expect((await paint(provider, '[[hang]]')).code).toBe('upstream_timeout');
    expect((await paint(provider, '[[ms=750]]')).made).toBe(1);
  });

  it('shows and logs no part of the key', async () => {
    const key = 'sk-secret-canary-0123456789';
    const { provider, log } = open({ OPENAI_API_KEY: key });
    const painted = await paint(provider, `[[err=401 message=bad_key_${key}_sk-sec***6789]]`);
    expect(JSON.stringify([painted.error, log.lines])).not.toMatch(/canary|6789/);
  });

  it.each([
    ['none', 'upstream_filtered'],
    ['b64=null', 'upstream_no_image'],
    ['b64=empty', 'upstream_image_unreadable'],
    ['b64=bad', 'upstream_image_unreadable'],
    ['b64=number', 'upstream_image_unreadable'],
    ['b64=text', 'upstream_image_unreadable'],
    ['b64=huge', 'upstream_too_large'],
  ])('"%s" is %s', async (fault, code) => {
    const { provider } = open();
    const painted = await paint(provider, `[[${fault}]]`);
    expect(painted.code).toBe(code);
    expect(painted.images).toEqual([]);
  });

  it('an image that was cut is found out by decoding', async () => {
    const { provider } = open();
    const [image] = (await paint(provider, '[[b64=cut]]')).images;
    const read = encodeImage(image?.bytes ?? Buffer.alloc(0), { format: 'png' });
    expect(codeOf(await read.catch((error: unknown) => error))).toBe('upstream_image_unreadable');
  });

  it('an error inside an answer that says 200 is told as what it is', async () => {
    const { provider } = open();
    server.script(({ request, response }) => {
      if (request.method !== 'POST') return false;
      json(response, 200, { error: { message: 'no', code: 'moderation_blocked' } });
      return true;
    });
    expect((await paint(provider, 'a hill')).code).toBe('upstream_filtered');
  });

  it('books the tokens that the server reports', async () => {
    const { provider } = open();
    const ends: unknown[] = [];
    await provider.image(
      { prompt: 'a hill [[usage]]', n: 2 },
      {
        signal: new AbortController().signal,
        onImage: () => Promise.resolve(),
        onAttempt: () => Promise.resolve((end) => void ends.push(end)),
      },
    );
    const usage = { promptTokens: 9, completionTokens: 272, estimated: false };
    expect(ends).toEqual([{ outcome: 'complete', isUncertain: false, images: 2, usage }]);
  });

  it('more images than asked for are ignored', async () => {
    const { provider } = open();
    expect((await paint(provider, { prompt: '[[extra=2]]', n: 2 })).images).toHaveLength(2);
  });

  it('keeps the good ones of several when some cannot be read', async () => {
    const { provider } = open();
    const painted = await paint(provider, { prompt: '[[half]]', n: 3 });
    expect(painted.images.map(({ index }) => index)).toEqual([0, 2]);
    expect(painted.made).toBe(2);
  });
});
