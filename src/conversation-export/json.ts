import { iso } from '../lib/time.ts';
import type { ExportedMessage } from './read-conversation.ts';
import type { AttachmentRow, ConversationRow, ImageRow } from './store.ts';

/** What `docs/export-format.md` describes. A change that older importers cannot read raises the version. */
export const FORMAT = 'salon-conversation';
export const FORMAT_VERSION = 1;

/** A conversation as JSON, message by message, so that a long one is never held whole. */
export async function* conversationJson(
  row: ConversationRow,
  messages: AsyncIterable<ExportedMessage>,
): AsyncGenerator<string> {
  const head = JSON.stringify(conversationHead(row));
  yield `${head.slice(0, -1)},"messages":[`;
  let before = '\n';
  for await (const message of messages) {
    yield before + JSON.stringify(messageJson(message));
    before = ',\n';
  }
  yield '\n]}';
}

/** One JSON array of texts that are JSON already; each element is a sequence of pieces. */
export async function* jsonArray(elements: AsyncIterable<AsyncIterable<string>>): AsyncGenerator<string> {
  let before = '[\n';
  for await (const pieces of elements) {
    yield before;
    yield* pieces;
    before = ',\n';
  }
  yield before === '[\n' ? '[]\n' : '\n]\n';
}

const conversationHead = (row: ConversationRow) => ({
  format: FORMAT,
  version: FORMAT_VERSION,
  id: row.id,
  title: row.title,
  title_is_own: row.title_is_own === 1,
  summary: row.summary,
  summary_message_id: row.summary_message_id,
  model: row.model,
  system_prompt: row.system_prompt,
  parameters: parsed(row.parameters) ?? {},
  pinned: row.pinned === 1,
  archived: row.archived === 1,
  current_message_id: row.leaf_id === row.id ? null : row.leaf_id,
  source: row.source,
  external_id: row.external_id,
  external_updated_at: when(row.external_updated_at),
  origin: originOf(row),
  created_at: iso(row.created_at),
  updated_at: iso(row.updated_at),
});

const originOf = (row: ConversationRow) =>
  row.origin_kind === null
    ? null
    : {
        conversation_id: row.origin_id,
        source: row.origin_source,
        external_id: row.origin_external_id,
        kind: row.origin_kind,
        summary: row.origin_summary,
      };

/** A reply that is being written is whole nowhere but here, so it is told as one that was cut off. */
const statusOf = (status: string | null) =>
  status === 'queued' || status === 'running' ? 'interrupted' : status;

function messageJson(row: ExportedMessage) {
  const hasUsage = row.prompt_tokens !== null || row.completion_tokens !== null;
  const hasThought = row.thinking !== null || row.thinking_ms !== null;
  return {
    id: row.id,
    parent_id: row.parent_id,
    role: row.role,
    kind: row.kind,
    content: row.content,
    status: statusOf(row.status),
    finish_reason: row.finish_reason,
    error: parsed(row.error),
    model: row.model,
    variant: parsed(row.variant),
    branch_name: row.branch_name,
    usage: hasUsage
      ? {
          prompt_tokens: row.prompt_tokens,
          completion_tokens: row.completion_tokens,
          is_estimated: row.usage_estimated === 1,
        }
      : null,
    thinking: hasThought ? { text: row.thinking, ms: row.thinking_ms, tokens: row.thinking_tokens } : null,
    external_id: row.external_id,
    is_copy: row.is_copy === 1,
    created_at: iso(row.created_at),
    ended_at: when(row.ended_at),
    attachments: row.attachments.map(attachmentJson),
    images: row.images.map(imageJson),
  };
}

const attachmentJson = (row: AttachmentRow) => ({
  id: row.id,
  kind: row.kind,
  name: row.name,
  type: row.type,
  bytes: row.bytes,
  width: row.width,
  height: row.height,
  original_width: row.original_width,
  original_height: row.original_height,
  pages: row.pages,
  tokens: row.tokens,
  text: row.text,
  created_at: iso(row.created_at),
  file: row.file_id === null ? null : attachmentPath(row),
});

export const imageJson = (row: ImageRow) => ({
  id: row.id,
  status: row.status,
  title: row.title,
  favourite: row.favourite === 1,
  prompt: row.prompt,
  first_prompt: row.first_prompt,
  new_prompt: row.new_prompt,
  model: row.model,
  size: row.size,
  quality: row.quality,
  background: row.background,
  format: row.format,
  width: row.width,
  height: row.height,
  created_at: iso(row.created_at),
  file: row.status === 'ready' && row.filename !== null ? imagePath(row.filename) : null,
});

/** Where the file of an image is in the archive. */
export const imagePath = (filename: string) => `images/${filename}`;

/** Where the file of an attachment is in the archive; several may have the same name. */
export const attachmentPath = ({ id, name }: Pick<AttachmentRow, 'id' | 'name'>) =>
  `attachments/${id}${/\.[a-z0-9]{1,8}$/i.exec(name)?.[0].toLowerCase() ?? ''}`;

const when = (at: number | null) => (at === null ? null : iso(at));
const parsed = (text: string | null) => (text === null ? null : (JSON.parse(text) as unknown));
