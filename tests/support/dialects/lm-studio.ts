import { dialect } from './dialect.ts';

/** Its own list tells more than the compatible one; thoughts stay in the text. Errors are a bare text. */
export const lmStudio = dialect({
  name: 'LM Studio',
  list: {
    models: [
      {
        key: 'qwen/qwen3-8b',
        type: 'llm',
        max_context_length: 40_960,
        capabilities: { vision: false, trained_for_tool_use: true },
      },
      { key: 'text-embedding-nomic', type: 'embedding', max_context_length: 2048 },
    ],
  },
  chatModel: 'qwen/qwen3-8b',
  contextTokens: 40_960,
  isTagged: true,
  midway: () =>
    `event: error\ndata: ${JSON.stringify({ error: { message: 'The model has crashed without additional information.' } })}\n\n`,
  faults: {
    'too long': {
      status: 400,
      body: {
        error:
          'Trying to keep the first 9000 tokens when context the overflows: context length is only 4096 tokens',
      },
    },
    'no such model': {
      status: 404,
      body: {
        error: { message: 'Model "x" not found', type: 'invalid_request_error', code: 'model_not_found' },
      },
    },
    'unknown field': { status: 400, body: { error: "'temperature' is not allowed here" } },
  },
});
