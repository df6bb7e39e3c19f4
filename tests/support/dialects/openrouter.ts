import { dialect } from './dialect.ts';

/** Comments while it waits, thoughts in two fields at once, numbers as error codes. */
export const openrouter = dialect({
  name: 'OpenRouter',
  list: {
    data: [
      {
        id: 'deepseek/deepseek-r2',
        name: 'DeepSeek: R2',
        context_length: 163_840,
        architecture: { input_modalities: ['text', 'image'], output_modalities: ['text'] },
        pricing: { prompt: '0.0000005', completion: '0.000002' },
      },
    ],
  },
  chatModel: 'deepseek/deepseek-r2',
  contextTokens: 163_840,
  preamble: ': OPENROUTER PROCESSING\n\n: OPENROUTER PROCESSING\n\n',
  thinking: (text) => ({
    content: '',
    reasoning: text,
    reasoning_details: [{ type: 'reasoning.text', text, format: null, index: 0 }],
  }),
  midway: () =>
    `data: ${JSON.stringify({ id: 'c', choices: [{ index: 0, delta: { content: '' }, finish_reason: 'error' }], error: { code: 502, message: 'Provider returned error', metadata: { error_type: 'provider_unavailable' } } })}\n\n`,
  faults: {
    'wrong key': { status: 401, body: { error: { message: 'No auth credentials found', code: 401 } } },
    'no credit': {
      status: 402,
      body: { error: { message: 'Insufficient credits. Add more and try again.', code: 402 } },
    },
    'too often': {
      status: 429,
      body: {
        error: {
          message: 'Provider returned error',
          code: 429,
          metadata: { raw: 'is temporarily rate-limited upstream' },
        },
      },
    },
    'too long': {
      status: 400,
      body: { error: { message: "This endpoint's maximum context length is 163840 tokens.", code: 400 } },
    },
    'no such model': {
      status: 400,
      body: { error: { message: 'x is not a valid model ID: invalid model', code: 400 } },
    },
    'unknown field': {
      status: 400,
      body: { error: { message: "Provider: 'temperature' is not supported by this model", code: 400 } },
    },
  },
});
