import type { ImageRequest } from '../provider.ts';
import type { Send } from '../transport/transport.ts';
import type { Ask } from './image-call.ts';
import { multipart, type FilePart } from './multipart.ts';
import { withoutServerArguments } from './prompt.ts';
import { hasReferences, type SentFields } from './request-fields.ts';

/** Address, headers and body of a call for images: JSON for new ones, a form with files for edits. */
export function imageRequest(ask: Ask, fields: SentFields): Pick<Send, 'url' | 'headers' | 'body'> {
  const { access, server, request } = ask;
  const sent = { model: server.model, prompt: withoutServerArguments(request.prompt), ...fields };
  const isEdit = hasReferences(request);
  return {
    url: new URL(`${access.baseUrl}/images/${isEdit ? 'edits' : 'generations'}`),
    ...(isEdit ? formOf(sent, request, access.apiKey) : jsonOf(sent, access.apiKey)),
  };
}

function jsonOf(sent: SentFields, apiKey: string | undefined) {
  const body = JSON.stringify(sent);
  return { headers: headersOf(apiKey, 'application/json', Buffer.byteLength(body)), body };
}

function formOf(sent: SentFields, request: ImageRequest, apiKey: string | undefined) {
  const { contentType, bytes, content } = multipart(sent, filesOf(request));
  return { headers: headersOf(apiKey, contentType, bytes), body: content };
}

function filesOf({ references = [], mask, markup }: ImageRequest): FilePart[] {
  return [
    ...references.map((image) => ({ name: 'image[]', image })),
    ...(mask ? [{ name: 'mask', image: mask }] : []),
    ...(markup ? [{ name: 'markup', image: markup }] : []),
  ];
}

/** Nothing that tells of this machine, and no authorization without a key. */
const headersOf = (apiKey: string | undefined, type: string, bytes: number): Record<string, string> => ({
  'content-type': type,
  'content-length': String(bytes),
  accept: 'application/json, text/event-stream',
  'accept-encoding': 'identity',
  'user-agent': 'Salon',
  ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
});
