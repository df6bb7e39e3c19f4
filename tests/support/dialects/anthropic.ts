import { dialect } from './dialect.ts';

/** Thoughts are kept; errors have a type and no code. */
export const anthropic = dialect({
  name: 'Anthropic (compatible)',
  list: {
    data: [
      {
        type: 'model',
        id: 'claude-sonnet-5',
        display_name: 'Claude Sonnet 5',
        created_at: '2026-01-01T00:00:00Z',
      },
    ],
    has_more: false,
  },
  chatModel: 'claude-sonnet-5',
  faults: {
    'wrong key': {
      status: 401,
      body: { error: { type: 'authentication_error', message: 'invalid x-api-key' } },
    },
    'no credit': {
      status: 400,
      body: {
        error: {
          type: 'invalid_request_error',
          message: 'Your credit balance is too low to access the Anthropic API.',
        },
      },
    },
    'too often': {
      status: 429,
      body: { error: { type: 'rate_limit_error', message: 'This request would exceed your rate limit.' } },
    },
    'too long': {
      status: 400,
      body: {
        error: {
          type: 'invalid_request_error',
          message: 'prompt is too long: 210000 tokens > 200000 maximum',
        },
      },
    },
    'no such model': { status: 404, body: { error: { type: 'not_found_error', message: 'model: x' } } },
    'unknown field': {
      status: 400,
      body: {
        error: {
          type: 'invalid_request_error',
          message: '`temperature` and `top_p` cannot both be specified for this model',
        },
      },
    },
  },
});
