import { expect, it } from 'vitest';
import { contextLengthOf } from '../../src/provider/models/context-length.ts';

const tokensOf = (name: string) => contextLengthOf(name, undefined, undefined).tokens;

it.each([
  ['gpt-5.6-sol', 1_050_000],
  ['openai/gpt-5.4-mini', 400_000],
  ['gpt-5.5-chat-latest', 128_000],
  ['gpt-5.1', 400_000],
  ['gpt-4-1106-preview', 128_000],
  ['gpt-4', 8192],
  ['o1-preview', 128_000],
  ['o3', 200_000],
  ['claude-opus-4-6', 1_000_000],
  ['anthropic/claude-sonnet-4.6', 1_000_000],
  ['claude-opus-4-20250514', 200_000],
  ['claude-sonnet-4-5-20250929', 200_000],
  ['claude-sonnet-5', 1_000_000],
  ['claude-haiku-4-5-20251001', 200_000],
  ['claude-3-5-sonnet-latest', 200_000],
  ['gemini-3-flash', 1_048_576],
])('knows how much %s reads where its server says nothing', (name, tokens) => {
  expect(tokensOf(name)).toBe(tokens);
});

it('believes the server before the name, and says what is only assumed', () => {
  expect(
    contextLengthOf('gpt-4', { name: 'gpt-4', kind: 'chat', contextTokens: 100 }, undefined).tokens,
  ).toBe(100);
  expect(contextLengthOf('some-model', undefined, undefined)).toMatchObject({ isKnown: false });
});
