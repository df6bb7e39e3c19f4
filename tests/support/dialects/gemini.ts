import { dialect, namesOnly } from './dialect.ts';

/** Names begin with `models/`, errors are a list, lines end with CRLF, and a finish reason may be missing. */
export const gemini = dialect({
  name: 'Gemini',
  list: namesOnly('models/gemini-3-flash', 'models/text-embedding-005', 'models/imagen-4.0-generate'),
  chatModel: 'models/gemini-3-flash',
  imageModel: 'models/imagen-4.0-generate',
  lineEnd: '\r\n',
  finish: { stop: null },
  text: (text) => ({
    role: 'assistant',
    content: text,
    extra_content: { google: { thought_signature: 'b3BhcXVl' } },
  }),
  faults: {
    'wrong key': {
      status: 400,
      body: [
        {
          error: {
            code: 400,
            message: 'API key not valid. Please pass a valid API key.',
            status: 'INVALID_ARGUMENT',
          },
        },
      ],
    },
    'no credit': {
      status: 429,
      body: [
        {
          error: {
            code: 429,
            message: 'You exceeded your current quota, please check your plan and billing details.',
            status: 'RESOURCE_EXHAUSTED',
          },
        },
      ],
    },
    'too often': {
      status: 429,
      body: [{ error: { code: 429, message: 'Resource has been exhausted.', status: 'RESOURCE_EXHAUSTED' } }],
    },
    'too long': {
      status: 400,
      body: [
        {
          error: {
            code: 400,
            message: 'The input token count exceeds the maximum number of tokens: too many tokens',
            status: 'INVALID_ARGUMENT',
          },
        },
      ],
    },
    'no such model': {
      status: 404,
      body: [
        {
          error: { code: 404, message: 'models/x is not found for API version v1main', status: 'NOT_FOUND' },
        },
      ],
    },
    'unknown field': {
      status: 400,
      body: [{ error: { code: 400, message: 'Invalid value at "temperature"', status: 'INVALID_ARGUMENT' } }],
    },
  },
  image: { refused: { status: 200, body: { data: [] } } },
});
