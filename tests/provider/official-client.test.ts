import OpenAI, { toFile } from 'openai';
import { describe, expect, it } from 'vitest';
import type { ModelServer } from '../support/model-server.ts';
import { png } from '../support/model-server-images.ts';
import { ask, paint, setUpProvider } from './setup.ts';

/** OpenAI's own client beside ours, at the same server: what it sends and reads is what the protocol says. */
let server: ModelServer;
const { open } = setUpProvider((started) => (server = started));
const official = () => new OpenAI({ baseURL: server.baseUrl, apiKey: 'sk-test-1234567890', maxRetries: 0 });

describe("beside OpenAI's own client", () => {
  it('an answer is asked for by the same fields, and read as the same text', async () => {
    const content = '[[n=30 crlf]] Grüße';
    const stream = await official().chat.completions.create({
      model: 'gpt-4o',
      messages: [{ role: 'user', content }],
      stream: true,
      stream_options: { include_usage: true },
    });
    let text = '';
    for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
    const asked = await ask(open().provider, content, { model: 'gpt-4o' });
    expect(asked.text).toBe(text);
    const [theirs, ours] = server.calls();
    expect(ours?.body).toEqual(theirs?.body);
  });

  it('an edit goes out as the same form', async () => {
    const [first, second, mask] = [png(16, 16), png(24, 24), png(16, 16)];
    const file = (bytes: Buffer, name: string) => toFile(bytes, name, { type: 'image/png' });
    await official().images.edit({
      model: 'gpt-image-1.5',
      prompt: 'a "boat" 🛶',
      image: [await file(first, '1.png'), await file(second, '2.png')],
      mask: await file(mask, '3.png'),
      size: '1024x1024',
      n: 2,
      quality: 'high',
    });
    const sent = (bytes: Buffer) => ({
      type: 'image/png' as const,
      bytes: bytes.length,
      async *open() {
        yield await Promise.resolve(bytes);
      },
    });
    await paint(open().provider, {
      model: 'gpt-image-1.5',
      prompt: 'a "boat" 🛶',
      references: [sent(first), sent(second)],
      mask: sent(mask),
      size: '1024x1024',
      n: 2,
      quality: 'high',
    });
    const [theirs, ours] = server.calls();
    expect(ours?.path).toBe(theirs?.path);
    expect(ours?.body).toEqual(theirs?.body);
    expect(ours?.files).toEqual(theirs?.files);
  });
});
