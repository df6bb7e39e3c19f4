import { dialect, namesOnly } from './dialect.ts';

export const localai = dialect({
  name: 'LocalAI',
  list: {
    object: 'list',
    data: [
      { id: 'llama', object: 'model' },
      { id: 'dreamshaper', object: 'model', capabilities: ['image_generation'] },
      ...namesOnly('whisper-base').data,
    ],
  },
  chatModel: 'llama',
  imageModel: 'dreamshaper',
  thinking: (text) => ({ reasoning: text }),
  faults: {
    'wrong key': {
      status: 401,
      body: {
        error: { code: 401, message: 'An authentication key is required', type: 'invalid_request_error' },
      },
    },
    'no such model': {
      status: 404,
      body: { error: { code: 404, message: 'model "x" not found', type: '' } },
    },
    'too long': { status: 400, body: { error: { code: 400, message: 'prompt is too long', type: '' } } },
    'unknown field': {
      status: 400,
      body: { error: { code: 400, message: 'cannot use "temperature"', type: '' } },
    },
  },
  image: { refused: { status: 200, body: { created: 1, data: [] } } },
});
