import { dialect, namesOnly } from './dialect.ts';

/** An error is a text with a code beside it; a refused image is an empty list. */
export const xai = dialect({
  name: 'xAI',
  list: namesOnly('grok-5', 'grok-2-image'),
  chatModel: 'grok-5',
  imageModel: 'grok-2-image',
  thinking: (text) => ({ reasoning_content: text }),
  faults: {
    'wrong key': {
      status: 400,
      body: {
        code: 'Client specified an invalid argument',
        error: 'Incorrect API key provided: xa***. You can obtain an API key from https://console.x.ai.',
      },
    },
    'no credit': {
      status: 403,
      body: {
        code: 'The caller does not have permission',
        error: 'Your team has used all available credits or reached its monthly spending limit.',
      },
    },
    'too often': {
      status: 429,
      body: { code: 'Some resource has been exhausted', error: 'Too many requests' },
    },
    'too long': {
      status: 400,
      body: {
        code: 'Client specified an invalid argument',
        error: "This model's maximum prompt length: context length exceeded",
      },
    },
    'no such model': {
      status: 404,
      body: {
        code: 'Some requested entity was not found',
        error: 'The model x does not exist or your team does not have access to it.',
      },
    },
    'unknown field': {
      status: 400,
      body: {
        code: 'Client specified an invalid argument',
        error: "Argument not supported on this model: 'temperature'",
      },
    },
  },
  image: { refused: { status: 200, body: { data: [] } } },
});
