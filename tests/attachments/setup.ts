import type { Person } from '../support/chat.ts';

export type AttachmentJson = {
  id: string;
  name: string;
  kind: string;
  bytes: number;
  tokens?: number;
  width?: number;
  height?: number;
  url: string;
  code?: string;
  error?: string;
};

/** Sends a file as a program does. */
export async function attach(person: Person, bytes: Buffer | string, name: string) {
  const body = new FormData();
  body.append('file', new Blob([typeof bytes === 'string' ? bytes : new Uint8Array(bytes)]), name);
  const response = await fetch(`${person.url}/attachments`, {
    method: 'POST',
    headers: { cookie: person.cookie, accept: 'application/json' },
    body,
  });
  return { status: response.status, body: (await response.json()) as AttachmentJson };
}

/** What is stored of an attachment. */
export async function fileOf(person: Person, id: string, query = '') {
  const response = await fetch(`${person.url}/attachments/${id}${query}`, {
    headers: { cookie: person.cookie },
  });
  return {
    status: response.status,
    headers: response.headers,
    bytes: Buffer.from(await response.arrayBuffer()),
  };
}
