import { describe, expect, it } from 'vitest';
import type { AttemptEnd, ImageRequest } from '../../src/provider/provider.ts';
import { json, type ModelServer } from '../support/model-server.ts';
import { png } from '../support/model-server-images.ts';
import { codeOf, setUpProvider } from './setup.ts';

let server: ModelServer;
const { open } = setUpProvider((started) => (server = started));

const stages = [png(8, 8, [1, 1, 1]), png(8, 8, [2, 2, 2]), png(8, 8, [3, 3, 3])];
const finished = png(8, 8, [9, 9, 9]);
const usage = { input_tokens: 12, output_tokens: 300, total_tokens: 312 };

const event = (type: string, fields: object) =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
const partial = (index: number, kind = 'image_generation') =>
  event(`${kind}.partial_image`, { partial_image_index: index, b64_json: stages[index]?.toString('base64') });
const completed = (kind = 'image_generation') =>
  event(`${kind}.completed`, { b64_json: finished.toString('base64'), usage });

/** Answers each call for images with these events, in parts of some bytes. */
function stream(body: string, partBytes = body.length) {
  server.script(({ request, response }) => {
    if (!request.path.startsWith('/v1/images/')) return false;
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
    for (let at = 0; at < body.length; at += partBytes) response.write(body.slice(at, at + partBytes));
    response.end();
    return true;
  });
}

async function paintStreamed(request: Partial<ImageRequest> = {}) {
  const { provider } = open({ OPENAI_MAX_RETRIES: '1' });
  const partials: { index: number; bytes: Buffer }[] = [];
  const images: { index: number; bytes: Buffer }[] = [];
  const ends: AttemptEnd[] = [];
  const code = await provider
    .image(
      { prompt: 'a boat', partials: 3, ...request },
      {
        signal: new AbortController().signal,
        onPartial: (stage) => partials.push(stage),
        onImage: ({ index, bytes }) => Promise.resolve(void images.push({ index, bytes })),
        onAttempt: () => Promise.resolve((end) => void ends.push(end)),
      },
    )
    .then(
      () => undefined,
      (error: unknown) => codeOf(error) ?? error,
    );
  return { partials, images, ends, code };
}

describe('an image that is shown as it grows', () => {
  it.each([1_000_000, 7])(
    'brings its stages, the image and what it cost, in parts of %s bytes',
    async (size) => {
      stream(partial(0) + ': still there\n\n' + partial(1) + partial(2) + completed(), size);
      const { partials, images, ends } = await paintStreamed();
      expect(partials).toEqual(stages.map((bytes) => ({ index: 0, bytes })));
      expect(images).toEqual([{ index: 0, bytes: finished }]);
      expect(server.calls()[0]?.body).toMatchObject({ stream: true, partial_images: 3 });
      expect(ends).toEqual([
        expect.objectContaining({
          outcome: 'complete',
          images: 1,
          usage: { promptTokens: 12, completionTokens: 300, estimated: false },
        }),
      ]);
    },
  );

  it('is asked for by itself, since a stage does not say of which image it is', async () => {
    stream(partial(0) + completed());
    const { partials, images } = await paintStreamed({ n: 3 });
    expect(partials.map(({ index }) => index).sort()).toEqual([0, 1, 2]);
    expect(images.map(({ index }) => index).sort()).toEqual([0, 1, 2]);
    expect(server.calls().map(({ body }) => body['n'])).toEqual([undefined, undefined, undefined]);
  });

  it('may be an edit', async () => {
    stream(partial(0, 'image_edit') + completed('image_edit'));
    const bytes = png(8, 8);
    const reference = {
      type: 'image/png' as const,
      bytes: bytes.length,
      open: () => Promise.resolve(chunk(bytes)),
    };
    const { partials, images } = await paintStreamed({ references: [reference] });
    expect([partials.length, images.length]).toEqual([1, 1]);
    expect(server.calls()[0]?.body).toMatchObject({ stream: 'true', partial_images: '3' });
  });

  it('is taken as it is when it comes before its stages, or as JSON', async () => {
    stream(completed() + partial(0));
    expect(await paintStreamed()).toMatchObject({ partials: [], images: [{ bytes: finished }] });
    server.script(() => false);
    expect((await paintStreamed()).images).toHaveLength(1);
  });

  it('is not shown where the model streams none, or none is asked for', async () => {
    await paintStreamed({ model: 'flux-dev' });
    await paintStreamed({ partials: 0 });
    expect(server.calls().map(({ body }) => 'stream' in body || 'partial_images' in body)).toEqual([
      false,
      false,
    ]);
  });

  it('is asked for whole when the server refuses to stream', async () => {
    server.script(({ request, response }) => {
      if (request.body['stream'] !== true) return false;
      const message = 'Your organization must be verified to stream this model.';
      json(response, 400, { error: { message, param: 'stream', code: 'unsupported_value' } });
      return true;
    });
    expect((await paintStreamed()).images).toHaveLength(1);
    expect(Object.keys(server.calls()[1]?.body ?? {})).not.toContain('partial_images');
  });
});

describe('a streamed image that fails', () => {
  const refused = event('error', {
    error: {
      type: 'image_generation_user_error',
      code: 'moderation_blocked',
      message: 'safety_violations=[x]',
    },
  });
  const broken = event('error', { error: { code: 502, message: 'bad gateway' } });

  it('is told as the refusal that came inside the stream', async () => {
    stream(partial(0) + refused);
    const { code, images } = await paintStreamed();
    expect([code, images.length, server.calls().length]).toEqual(['upstream_filtered', 0, 1]);
  });

  it('is asked for again only when no stage of it was made', async () => {
    stream(broken);
    expect((await paintStreamed()).code).toBe('upstream_failed');
    expect(server.calls()).toHaveLength(2);
    stream(partial(0) + broken);
    expect((await paintStreamed()).code).toBe('upstream_failed');
    expect(server.calls()).toHaveLength(3);
  });

  it('has an unknown outcome when the stream ends without it', async () => {
    stream(partial(0) + partial(1));
    const { code, ends } = await paintStreamed();
    expect(code).toBe('outcome_unknown');
    expect(ends).toMatchObject([{ outcome: 'unknown', isUncertain: true }]);
    expect(server.calls()).toHaveLength(1);
  });

  it('passes over stages and events that cannot be read', async () => {
    stream(`data: {"type"\n\n${event('image_generation.partial_image', { b64_json: '%%%' })}${completed()}`);
    expect(await paintStreamed()).toMatchObject({ partials: [], images: [{ bytes: finished }] });
  });

  it('is cut at 64 MB', async () => {
    const part = 'x'.repeat(1024 * 1024);
    stream(`data: ${part.repeat(65)}\n\n${completed()}`, part.length);
    expect((await paintStreamed()).code).toBe('upstream_too_large');
  });
});

async function* chunk(bytes: Buffer): AsyncGenerator<Buffer> {
  yield await Promise.resolve(bytes);
}
