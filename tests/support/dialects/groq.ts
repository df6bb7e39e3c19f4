import { dialect } from './dialect.ts';

export const groq = dialect({
  name: 'Groq',
  list: {
    object: 'list',
    data: [
      {
        id: 'openai/gpt-oss-120b',
        object: 'model',
        owned_by: 'OpenAI',
        active: true,
        context_window: 131_072,
      },
      { id: 'whisper-large-v3', object: 'model', context_window: 448 },
    ],
  },
  chatModel: 'openai/gpt-oss-120b',
  contextTokens: 131_072,
  thinking: (text) => ({ reasoning: text, channel: 'analysis' }),
  usage: (usage) => ({ choices: [], x_groq: { id: 'r', usage } }),
});
