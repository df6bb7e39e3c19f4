import { describe, expect, it } from 'vitest';
import { json, type ModelServer } from '../support/model-server.ts';
import { png } from '../support/model-server-images.ts';
import { paint, setUpProvider } from './setup.ts';

let server: ModelServer;
const { open } = setUpProvider((started) => (server = started));

/** Refuses each call for images that has this field, in these words. */
function refuse(field: string, error: unknown, status = 400) {
  server.script(({ request, response }) => {
    if (!request.path.startsWith('/v1/images/') || !(field in request.body)) return false;
    json(response, status, error);
    return true;
  });
}

const openAi = (param: string, message = 'Unsupported.') => ({
  error: { message, type: 'invalid_request_error', param, code: 'unsupported_value' },
});
const everything = {
  prompt: 'a boat',
  quality: 'high',
  background: 'opaque',
  format: 'webp',
  compression: 40,
  moderation: 'low',
};

describe('a refusal that names an optional field of an image', () => {
  it.each([
    ['background', everything],
    ['quality', everything],
    ['output_format', everything],
    ['output_compression', everything],
    ['moderation', everything],
    ['response_format', { prompt: 'a boat', model: 'dall-e-3' }],
    [
      'input_fidelity',
      { prompt: 'a boat', model: 'gpt-image-1.5', inputFidelity: 'high', references: [reference()] },
    ],
  ])('%s: is asked once more without it, and no more from then on', async (field, request) => {
    const { provider, log } = open();
    refuse(field, openAi(field));
    expect((await paint(provider, request)).made).toBe(1);
    expect((await paint(provider, request)).made).toBe(1);
    expect(server.calls().map(({ body }) => field in body)).toEqual([true, false, false]);
    const learned = log.lines.filter(({ event }) => event === 'learned from a refusal');
    expect(learned.map(({ fields }) => fields['field'])).toEqual([field]);
  });

  it.each([
    [
      'in a list of details',
      422,
      { detail: [{ loc: ['body', 'quality'], msg: 'Extra inputs are not permitted' }] },
    ],
    ['in its message', 400, { error: { message: "Unknown parameter: 'quality'." } }],
  ])('%s teaches the same', async (_how, status, error) => {
    const { provider } = open();
    refuse('quality', error, status);
    expect((await paint(provider, everything)).made).toBe(1);
    expect(server.calls()).toHaveLength(2);
  });

  it('counts for edits and for new images of the same model', async () => {
    const { provider } = open();
    refuse('quality', openAi('quality'));
    await paint(provider, { ...everything, references: [reference()] });
    await paint(provider, everything);
    expect(server.calls().map(({ path, body }) => [path, 'quality' in body])).toEqual([
      ['/v1/images/edits', true],
      ['/v1/images/edits', false],
      ['/v1/images/generations', false],
    ]);
    expect(server.calls()[1]?.files).toHaveLength(1);
  });

  it('of a number has each image asked for by itself', async () => {
    const { provider } = open();
    refuse('n', openAi('n'));
    const painted = await paint(provider, { prompt: 'a boat', n: 3 });
    expect(painted.images.map(({ index }) => index)).toEqual([0, 1, 2]);
    expect(server.calls().map(({ body }) => body['n'])).toEqual([3, undefined, undefined, undefined]);
  });
});

describe('a transparent background', () => {
  it.each([
    ['by its parameter', openAi('background')],
    ['in words', { error: { message: 'Transparent background is not supported for this model.' } }],
  ])('that is refused %s becomes an opaque image, which says so', async (_how, error) => {
    const { provider } = open();
    refuse('background', error);
    const request = { prompt: 'a boat', model: 'gpt-image-2', background: 'transparent' };
    for (const calls of [2, 3]) {
      const painted = await paint(provider, request);
      expect(painted.images.map(({ isOpaque }) => isOpaque)).toEqual([true]);
      expect(server.calls()).toHaveLength(calls);
    }
  });

  it('that is made says nothing', async () => {
    const { provider } = open();
    const painted = await paint(provider, { prompt: 'a boat', background: 'transparent' });
    expect(painted.images.map(({ isOpaque }) => isOpaque)).toEqual([false]);
  });
});

describe('a refusal of an image that teaches nothing', () => {
  it.each([
    ['of a size', openAi('size', 'Invalid size'), 'upstream_refused'],
    [
      'by the filter',
      { error: { message: 'no', code: 'moderation_blocked', param: 'background' } },
      'upstream_filtered',
    ],
    [
      'that speaks of a background',
      { error: { message: 'The background of the scene is odd' } },
      'upstream_refused',
    ],
  ])('%s is told', async (_what, error, code) => {
    const { provider } = open();
    refuse('size', error);
    const request = { ...everything, size: '1024x1536' };
    expect((await paint(provider, request)).code).toBe(code);
    expect(server.calls()).toHaveLength(1);
  });
});

function reference() {
  const bytes = png(8, 8);
  return {
    type: 'image/png' as const,
    bytes: bytes.length,
    async *open() {
      yield await Promise.resolve(bytes);
    },
  };
}
