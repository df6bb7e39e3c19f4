import { dialect } from './dialect.ts';

/** Thinking models send lists of parts; unknown fields are refused with 422 and details. */
export const mistral = dialect({
  name: 'Mistral',
  list: {
    object: 'list',
    data: [
      {
        id: 'magistral-medium',
        object: 'model',
        capabilities: { completion_chat: true, vision: true },
        max_context_length: 131_072,
        type: 'base',
      },
      {
        id: 'mistral-embed',
        object: 'model',
        capabilities: { completion_chat: false },
        max_context_length: 8192,
        type: 'base',
      },
    ],
  },
  chatModel: 'magistral-medium',
  contextTokens: 131_072,
  thinking: (text) => ({ content: [{ type: 'thinking', thinking: [{ type: 'text', text }] }] }),
  text: (text) => ({ content: [{ type: 'text', text }] }),
  finish: { length: 'length', filter: 'content_filter' },
  faults: {
    'wrong key': { status: 401, body: { detail: 'Unauthorized' } },
    'too often': {
      status: 429,
      body: {
        object: 'error',
        message: 'Rate limit exceeded',
        type: 'rate_limited',
        param: null,
        code: '1300',
      },
    },
    'too long': {
      status: 400,
      body: {
        object: 'error',
        message: 'Prompt contains 140000 tokens, too large for model with 131072 maximum context length',
        type: 'invalid_request_prompt',
        code: '3051',
      },
    },
    'no such model': {
      status: 400,
      body: {
        object: 'error',
        message: 'Invalid model: x',
        type: 'invalid_model',
        param: null,
        code: '1500',
      },
    },
    'unknown field': {
      status: 422,
      body: {
        detail: [
          {
            type: 'extra_forbidden',
            loc: ['body', 'temperature'],
            msg: 'Extra inputs are not permitted',
            input: 0.5,
          },
        ],
      },
    },
  },
});
