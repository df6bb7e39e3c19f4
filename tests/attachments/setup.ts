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

export type Fields = [string, string | [string, string]][];

/** A form with files, as a browser without scripts sends it; a pair is a file's text and name. */
export async function sendForm(
  { url, cookie }: Pick<Person, 'url' | 'cookie'>,
  path: string,
  fields: Fields,
) {
  const body = new FormData();
  for (const [name, value] of fields)
    if (typeof value === 'string') body.append(name, value);
    else body.append(name, new Blob([value[0]]), value[1]);
  const headers = { cookie, accept: 'text/html' };
  const response = await fetch(url + path, { method: 'POST', headers, body, redirect: 'manual' });
  const location = response.headers.get('location') ?? '';
  return { status: response.status, location, body: await response.text() };
}

/** The attachments that the forms of a page name. */
export const idsIn = (page: string) =>
  [...page.matchAll(/name="attachments" value="(\w{26})"/g)].map(([, id]) => id ?? '');
