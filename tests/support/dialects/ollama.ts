import { dialect, namesOnly, openAiError } from './dialect.ts';

export const ollama = dialect({
  name: 'Ollama',
  list: namesOnly('qwen3:8b', 'nomic-embed-text'),
  chatModel: 'qwen3:8b',
  thinking: (text) => ({ role: 'assistant', content: '', reasoning: text }),
  faults: {
    'wrong key': { status: 401, body: openAiError('unauthorized', 'api_error') },
    'no such model': {
      status: 404,
      body: openAiError('model "x" not found, try pulling it first', 'api_error'),
    },
    'too long': { status: 400, body: openAiError('input length exceeds the context length', 'api_error') },
    'unknown field': {
      status: 400,
      body: openAiError('invalid value for temperature', 'invalid_request_error'),
    },
  },
});
