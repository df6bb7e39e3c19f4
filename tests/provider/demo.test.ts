import { describe, expect, it } from 'vitest';
import { encodeImage } from '../../src/platform/image-codec.ts';
import { demoAnswer } from '../../src/provider/demo/text.ts';
import { paint as paintDemo } from '../../src/provider/demo/image.ts';
import { ask, cleanUpAfterEach, openProvider, paint } from './setup.ts';

const cleanUp = cleanUpAfterEach();
const open = () => openProvider({ OPENAI_BASE_URL: 'demo' }, cleanUp).provider;
const answer = (content: string) => demoAnswer([{ role: 'user', content }]);

describe('the demo model', () => {
  it('streams an answer in small pieces with a finish reason and an estimated usage', async () => {
    const asked = await ask(open(), 'title', { maxTokens: 20 });
    expect(asked.pieces.length).toBeGreaterThan(10);
    expect(asked.outcome).toMatchObject({
      finishReason: 'length',
      model: 'demo',
      usage: { estimated: true },
    });
  });

  it('stops at once with the reason', async () => {
    const stop = new AbortController();
    const reason = new Error('enough');
    const asked = await ask(open(), 'hello', { signal: stop.signal, onText: () => stop.abort(reason) });
    expect(asked.error).toBe(reason);
    expect(asked.pieces).toHaveLength(1);
  });

  it('says that it is a demo, names the setting that connects a real one, and repeats the words of the question', () => {
    const text = answer('Where do herons sleep?');
    expect(text).toContain('Where do herons sleep?');
    expect(text).toContain('demo');
    expect(text).toContain('OPENAI_BASE_URL=http://127.0.0.1:11434/v1');
  });

  it('answers German questions in German', () => {
    expect(answer('Was ist ein Modell?')).toContain('Das ist die eingebaute Demo');
    expect(answer('What is a model?')).not.toContain('eingebaute');
  });

  it.each([
    [
      'over its example questions',
      ['hello', 'Write a function', 'Show me a formula', 'Compare two ways', 'Make a plan'],
    ],
    ['in one answer', ['Show me everything']],
  ])('shows every kind of block %s', (_name, questions) => {
    const all = questions.map(answer).join('\n\n');
    for (const block of [
      /^## /m,
      /^### /m,
      /^- /m,
      /^ {3}- /m,
      /^ {5}- /m,
      /^1\. /m,
      /^- \[x\] /m,
      /^- \[ \] /m,
    ])
      expect(all).toMatch(block);
    for (const block of [
      /^\|---\|/m,
      /^> /m,
      /^```python$/m,
      /^```javascript$/m,
      /^---$/m,
      /^\$\$$/m,
      /\$a\^2/,
    ])
      expect(all).toMatch(block);
    for (const inline of [/\*\*bold\*\*/, /\*italic\*/, /`code`/, /\]\(https:/]) expect(all).toMatch(inline);
  });

  it('cannot be made to break out of its own blocks', () => {
    expect(answer('code ``` </script> *x* $y$')).not.toContain('``` </');
    expect(answer('hello <b>*x*</b> [a](b)')).toContain('\\<b\\>\\*x\\*');
  });

  it.each([[[]], [[{ role: 'user', content: 'Continue exactly where your last answer ends.' }]]] as const)(
    'goes on where a cut answer ended',
    (more) => {
      const whole = answer('hello');
      const begun = whole.slice(0, 40);
      const rest = demoAnswer([
        { role: 'user', content: 'hello' },
        { role: 'assistant', content: begun },
        ...more,
      ]);
      expect(begun + rest).toBe(whole);
    },
  );

  it('gives ideas, one a line, when it is asked for some', () => {
    expect(answer('Give me 6 ideas for images').split('\n')).toHaveLength(6);
  });

  it('knows no other model', async () => {
    expect((await ask(open(), 'hello', { model: 'gpt-9' })).code).toBe('upstream_model_missing');
  });

  it('paints the images asked for, each another one, in size and format', async () => {
    const painted = await paint(open(), { prompt: 'a red mountain', size: '512x512', format: 'webp', n: 2 });
    expect(painted.made).toBe(2);
    const [first, second] = await Promise.all(
      painted.images.map(({ bytes }) => encodeImage(bytes, { format: 'png' })),
    );
    expect(first).toMatchObject({ width: 512, height: 512 });
    expect(first?.sha256).not.toBe(second?.sha256);
    expect(painted.images[0]?.bytes.toString('latin1', 8, 12)).toBe('WEBP');
  });

  it('paints the same image for the same words, and leaves the background out when asked', async () => {
    const request = { prompt: 'eine Katze', size: '512x512', background: 'transparent' };
    const [one, same, other] = await Promise.all([
      paintDemo(request, 0),
      paintDemo(request, 0),
      paintDemo({ ...request, prompt: 'a city' }, 0),
    ]);
    expect(one.equals(same)).toBe(true);
    expect(one.equals(other)).toBe(false);
    const webp = await encodeImage(one, { format: 'webp' });
    // The VP8X or VP8L header of a WebP says that it has an alpha channel.
    expect(webp.bytes.includes('ALPH') || webp.bytes.includes('VP8L')).toBe(true);
  });

  it('stops painting with the reason', async () => {
    const stop = new AbortController();
    const reason = new Error('enough');
    const painting = paint(open(), 'a cat', stop.signal);
    stop.abort(reason);
    expect((await painting).error).toBe(reason);
  });
});
