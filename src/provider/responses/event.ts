import { nothing, type Chunk } from '../chat/chunk.ts';
import { fieldsOf, isFields, listOf, stringIn, type Fields } from '../json.ts';
import { readTokens } from '../tokens.ts';

const progress: Chunk = { ...nothing, isProgress: true };

/** The model has not begun yet. */
const preliminary = new Set(['response.created', 'response.queued', 'response.in_progress']);

/**
 * Reads the data of one event of a Responses stream, or a whole response. Text stands in `output_text` and `refusal`,
 * thinking in summaries or, with open models, as it is. Finish reasons are given by the names that chat completions have
 * for them. Events of other kinds are signs of life.
 * @throws SyntaxError when the data is no JSON
 */
export function readResponsesEvent(json: string): Chunk {
  const root = fieldsOf(JSON.parse(json));
  const type = stringIn(root['type']);
  if (type === '') return isFields(root['error']) ? { ...nothing, error: root['error'] } : ended(root);
  if (type === 'error') return { ...nothing, error: root['error'] ?? root };
  const delta = stringIn(root['delta']);
  switch (type) {
    case 'response.output_text.delta':
    case 'response.refusal.delta':
      return { ...progress, text: delta };
    case 'response.reasoning_summary_text.delta':
    case 'response.reasoning_text.delta':
      return { ...progress, thinking: delta };
    case 'response.reasoning_summary_part.added':
      // The parts of a summary are paragraphs.
      return { ...progress, thinking: Number(root['summary_index']) > 0 ? '\n\n' : '' };
    case 'response.output_item.done':
      return { ...progress, items: [root['item']].filter(isSealed) };
    case 'response.completed':
    case 'response.incomplete':
    case 'response.failed':
      return ended(fieldsOf(root['response']));
    default:
      return preliminary.has(type) ? nothing : progress;
  }
}

/** A response that is over, with what was not given in pieces. */
function ended(response: Fields): Chunk {
  const { status, output } = response;
  if (!Array.isArray(output) && typeof status !== 'string') return nothing;
  if (status === 'failed' || status === 'cancelled')
    return { ...nothing, usage: usageIn(response), error: response['error'] ?? status };
  const items = listOf(output).map(fieldsOf);
  return {
    ...progress,
    whole: {
      text: items
        .filter((item) => item['type'] === 'message')
        .flatMap((item) => listOf(item['content']).map(fieldsOf))
        .map((part) => stringIn(part['text']) || stringIn(part['refusal']))
        .join(''),
      thinking: items
        .filter((item) => item['type'] === 'reasoning')
        .map(thoughtIn)
        .join('\n\n'),
      items: items.filter(isSealed),
    },
    finishReason: finishReasonOf(response, items),
    usage: usageIn(response),
    isLast: true,
  };
}

/** A thought that only its model can read, to be sent back with the next question. */
function isSealed(item: unknown): boolean {
  const { type, encrypted_content: content } = fieldsOf(item);
  return type === 'reasoning' && typeof content === 'string';
}

function thoughtIn(item: Fields): string {
  const parts = [...listOf(item['summary']), ...listOf(item['content'])].map(fieldsOf);
  return parts.map((part) => stringIn(part['text'])).join('\n\n');
}

function finishReasonOf(response: Fields, items: readonly Fields[]): string {
  if (response['status'] !== 'incomplete')
    return items.some((item) => item['type'] === 'function_call') ? 'tool_calls' : 'stop';
  const reason = stringIn(fieldsOf(response['incomplete_details'])['reason']);
  return reason === '' || reason === 'max_output_tokens' ? 'length' : reason;
}

function usageIn(response: Fields) {
  const usage = fieldsOf(response['usage']);
  const details = fieldsOf(usage['output_tokens_details']);
  return readTokens(usage['input_tokens'], usage['output_tokens'], details['reasoning_tokens']);
}
