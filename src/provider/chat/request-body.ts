import type { Fault } from '../faults.ts';
import type { ChatRequest } from '../provider.ts';

/** OpenAI's reasoning families refuse `max_tokens` and any sampling but their own. */
const reasoningFamily = /^(o\d|gpt-(5|6)(?!.*chat))/;

/**
 * The JSON body of a streaming chat call. Parameters are sent only when they are set and the family takes them.
 * `usage` asks for the token report at the end of the stream.
 */
export function chatBody(model: string, request: ChatRequest, usage: boolean): string {
  const { temperature, top_p, max_tokens } = request.parameters ?? {};
  const parameters = reasoningFamily.test(model.slice(model.lastIndexOf('/') + 1))
    ? { max_completion_tokens: max_tokens }
    : { temperature, top_p, max_tokens };
  return JSON.stringify({
    model,
    messages: request.turns.map(({ role, content }) => ({ role, content })),
    ...parameters,
    stream: true,
    ...(usage ? { stream_options: { include_usage: true } } : {}),
  });
}

/** The headers of a chat call. */
export function chatHeaders(apiKey: string | undefined, body: string): Record<string, string> {
  return {
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    accept: 'text/event-stream',
    'user-agent': 'Salon',
    ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
  };
}

/** Some servers refuse fields they do not know; then the usage is estimated instead. */
export function refusesUsageOption(fault: Fault): boolean {
  return (
    (fault.status === 400 || fault.status === 422) &&
    /stream_options|include_usage|extra (fields|inputs)|(unknown|unrecognized|unexpected) (field|parameter|argument|key)/i.test(
      fault.raw,
    )
  );
}
