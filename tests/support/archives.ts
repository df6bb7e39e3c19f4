import { buffer } from 'node:stream/consumers';
import sharp from 'sharp';
import { ZipArchive } from 'archiver';
import { eventually, type Person } from './chat.ts';

export type Entries = Record<string, unknown>;
export type ReportJson = {
  status: string;
  imported: number;
  added: number;
  updated: number;
  unchanged: number;
  counts: Record<string, number>;
  skipped: { what: string; why: string; code: string }[];
  skipped_count: number;
  error?: { code: string; message: string };
};

/** A ZIP file of these entries; what is neither bytes nor text becomes JSON. */
export async function zipOf(entries: Entries): Promise<Buffer> {
  const zip = new ZipArchive({ zlib: { level: 6 } });
  for (const [name, content] of Object.entries(entries)) {
    const isPlain = typeof content === 'string' || content instanceof Uint8Array;
    zip.append(Buffer.from(isPlain ? (content as string) : JSON.stringify(content)), { name });
  }
  void zip.finalize();
  return buffer(zip);
}

/** A small image of one colour; another number gives another image. */
export const imageBytes = (number: number, format: 'png' | 'webp' = 'png') =>
  sharp({ create: { width: 16, height: 16, channels: 3, background: { r: number % 256, g: 90, b: 40 } } })
    .toFormat(format)
    .toBuffer();

async function post(person: Person, bytes: Buffer, query: string, name = 'archive.zip') {
  const form = new FormData();
  form.set('file', new Blob([new Uint8Array(bytes)]), name);
  const response = await fetch(`${person.url}/import${query}`, {
    method: 'POST',
    headers: { cookie: person.cookie, accept: 'application/json' },
    body: form,
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

/** What the look into an archive says. */
export const preview = async (person: Person, bytes: Buffer, name?: string) => {
  const { status, body } = await post(person, bytes, '?dry_run=1', name);
  return { status, body: body as unknown as ReportJson & { code: string } };
};

/** Brings an archive in and waits for the end of the import. */
export async function importArchive(person: Person, bytes: Buffer, name?: string): Promise<ReportJson> {
  const { status, body } = await post(person, bytes, '', name);
  if (status !== 202) throw new Error(`the import was refused: ${JSON.stringify(body)}`);
  const { id } = body['job'] as { id: string };
  return eventually(async () => {
    const job = (await person.call<ReportJson>('GET', `/jobs/${id}`)).body;
    return ['queued', 'running'].includes(job.status) ? undefined : job;
  }, 120_000);
}

type Node = { parent: string | null; children?: string[]; message?: object | null };
type Message = { role?: string; text?: string; at?: number; [name: string]: unknown };

/** A node of ChatGPT's tree. */
export function node(id: string, parent: string | null, message: Message | null = null): [string, Node] {
  if (!message) return [id, { parent, message: null }];
  const { role = 'user', text = '', at = 1_700_000_000, ...more } = message;
  return [
    id,
    {
      parent,
      message: {
        id,
        author: { role },
        create_time: at,
        content: { content_type: 'text', parts: [text] },
        status: 'finished_successfully',
        recipient: 'all',
        metadata: {},
        ...more,
      },
    },
  ];
}

/** A conversation of ChatGPT with these nodes. */
export const chatgpt = (id: string, nodes: [string, Node][], more: object = {}) => ({
  id,
  conversation_id: id,
  title: `Title of ${id}`,
  create_time: 1_700_000_000.5,
  update_time: 1_700_000_100.25,
  current_node: nodes.at(-1)?.[0],
  mapping: Object.fromEntries(nodes.map(([key, value]) => [key, { id: key, ...value }])),
  ...more,
});
