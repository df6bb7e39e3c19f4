import { dialect } from './dialect.ts';

/** The name is the path of a file; the last event carries timings. */
export const llamaCpp = dialect({
  name: 'llama.cpp',
  list: {
    models: [{ name: '/models/gpt-oss-20b.gguf', capabilities: ['completion'] }],
    object: 'list',
    data: [
      {
        id: '/models/gpt-oss-20b.gguf',
        architecture: { input_modalities: ['text'], output_modalities: ['text'] },
        meta: { n_ctx_train: 131_072, n_params: 20_000_000_000 },
      },
    ],
  },
  chatModel: '/models/gpt-oss-20b.gguf',
  contextTokens: 131_072,
  thinking: (text) => ({ reasoning_content: text }),
  usage: (usage) => ({ choices: [], usage, timings: { predicted_per_second: 41.2 } }),
  faults: {
    'wrong key': {
      status: 401,
      body: { error: { code: 401, message: 'Invalid API Key', type: 'authentication_error' } },
    },
    'too long': {
      status: 400,
      body: {
        error: {
          code: 400,
          message: 'request (9000 tokens) exceeds the available context size',
          type: 'exceed_context_size_error',
          n_ctx: 4096,
        },
      },
    },
    'no such model': {
      status: 404,
      body: { error: { code: 404, message: 'model not found', type: 'not_found_error' } },
    },
    'unknown field': {
      status: 400,
      body: {
        error: { code: 400, message: "Field 'temperature' must be a number", type: 'invalid_request_error' },
      },
    },
  },
});
