import { dialect, namesOnly } from './dialect.ts';

/** Deployments have names of their own; what a filter refuses is told in an inner error. */
export const azure = dialect({
  name: 'Azure OpenAI',
  list: namesOnly('our-deployment', 'gpt-image-1.5'),
  chatModel: 'our-deployment',
  preamble: `data: ${JSON.stringify({ choices: [], prompt_filter_results: [{ prompt_index: 0, content_filter_results: {} }] })}\n\n`,
  faults: {
    'wrong key': {
      status: 401,
      body: {
        error: {
          code: '401',
          message: 'Access denied due to invalid subscription key or wrong API endpoint.',
        },
      },
    },
    'no such model': {
      status: 404,
      body: {
        error: {
          code: 'DeploymentNotFound',
          message: 'The API deployment for this resource does not exist.',
        },
      },
    },
    'too often': {
      status: 429,
      body: {
        error: {
          code: '429',
          message: 'Requests have exceeded call rate limit. Please retry after 7 seconds.',
        },
      },
    },
    'no credit': {
      status: 429,
      body: { error: { code: 'insufficient_quota', message: 'Your quota is used up.' } },
    },
  },
  image: {
    refused: {
      status: 400,
      body: {
        error: {
          code: 'contentFilter',
          message: 'Your task failed as a result of our safety system.',
          inner_error: { code: 'ResponsibleAIPolicyViolation' },
        },
      },
    },
  },
  imageModel: 'gpt-image-1.5',
});
