import { dialect, namesOnly, openAiError } from './dialect.ts';

/** A comment every while, content and thoughts beside each other, one of them null. */
export const deepseek = dialect({
  name: 'DeepSeek',
  list: namesOnly('deepseek-v4', 'deepseek-v4-flash'),
  chatModel: 'deepseek-v4',
  filler: ': keep-alive\n\n',
  thinking: (text) => ({ content: null, reasoning_content: text }),
  text: (text) => ({ content: text, reasoning_content: null }),
  faults: {
    'wrong key': {
      status: 401,
      body: openAiError(
        'Authentication Fails (no such user)',
        'authentication_error',
        'invalid_request_error',
      ),
    },
    'no credit': {
      status: 402,
      body: openAiError('Insufficient Balance', 'unknown_error', 'invalid_request_error'),
    },
    'no such model': {
      status: 400,
      body: openAiError('Model Not Exist: model not found', 'invalid_request_error', 'invalid_request_error'),
    },
  },
});
