/** The headers of a chat call. */
export function chatHeaders(apiKey: string | undefined, body: string): Record<string, string> {
  return {
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    accept: 'text/event-stream',
    'accept-encoding': 'identity',
    'user-agent': 'Salon',
    ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
  };
}
