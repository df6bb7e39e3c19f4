import { dialect } from './dialect.ts';

export const together = dialect({
  name: 'Together',
  list: [
    {
      id: 'Qwen/Qwen3-235B',
      object: 'model',
      type: 'chat',
      context_length: 262_144,
      pricing: { input: 0.2, output: 0.6 },
    },
    { id: 'black-forest-labs/FLUX.1-schnell', object: 'model', type: 'image' },
    { id: 'BAAI/bge-large', object: 'model', type: 'embedding', context_length: 512 },
  ],
  chatModel: 'Qwen/Qwen3-235B',
  contextTokens: 262_144,
  imageModel: 'black-forest-labs/FLUX.1-schnell',
  faults: {
    'no such model': {
      status: 404,
      body: {
        error: {
          message: 'Unable to access model x. It does not exist: model not available',
          type: 'invalid_request_error',
          param: null,
          code: 'model_not_available',
        },
      },
    },
    'no credit': { status: 402, body: { error: { message: 'Credit limit exceeded', type: 'credit_limit' } } },
    'too long': {
      status: 422,
      body: {
        error: {
          message:
            'Input validation error: `inputs` tokens + `max_new_tokens` must be <= 8193: too many tokens',
          type: 'invalid_request_error',
          param: 'max_tokens',
        },
      },
    },
  },
});
