import { dialect } from './dialect.ts';

/** Thoughts in `reasoning`, the old name was removed; errors of its own at the root of the body. */
export const vllm = dialect({
  name: 'vLLM',
  list: {
    object: 'list',
    data: [
      {
        id: 'Qwen/Qwen3-32B',
        object: 'model',
        owned_by: 'vllm',
        root: 'Qwen/Qwen3-32B',
        max_model_len: 32_768,
      },
    ],
  },
  chatModel: 'Qwen/Qwen3-32B',
  contextTokens: 32_768,
  thinking: (text) => ({ reasoning: text }),
  faults: {
    'wrong key': { status: 401, body: { error: 'Unauthorized' } },
    'too long': {
      status: 400,
      body: {
        object: 'error',
        message: "This model's maximum context length is 32768 tokens. However, you requested 40000.",
        type: 'BadRequestError',
        param: null,
        code: 400,
      },
    },
    'no such model': {
      status: 404,
      body: {
        object: 'error',
        message: 'The model `x` does not exist.',
        type: 'NotFoundError',
        param: null,
        code: 404,
      },
    },
    'unknown field': {
      status: 400,
      body: {
        object: 'error',
        message:
          "[{'type': 'extra_forbidden', 'loc': ('body', 'temperature'), 'msg': 'Extra inputs are not permitted'}]",
        type: 'BadRequestError',
        code: 400,
      },
    },
  },
});
