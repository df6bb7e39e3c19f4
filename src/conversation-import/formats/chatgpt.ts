import type { FileFinder } from '../archive/find-files.ts';
import {
  plainImage,
  plainMessage,
  type ImportedAttachment,
  type ImportedConversation,
  type ImportedMessage,
  type Notice,
} from '../imported.ts';
import { arrangeTree, nearestShown, type TreeNode } from '../tree/arrange.ts';
import { readContent, type Content } from './chatgpt-content.ts';
import { currentOf, giveThoughts, imagesId, throughImages } from './chatgpt-tree.ts';
import {
  isObject,
  isTrue,
  numberAt,
  objectAt,
  objectsAt,
  textAt,
  timeAt,
  type JsonObject,
} from './json-values.ts';

export const isChatGpt = (value: JsonObject) => isObject(value['mapping']);

const MISSING_IMAGE = '*(an image that is not in the archive)*';
const endings: Record<string, string> = {
  in_progress: 'interrupted',
  finished_partial_completion: 'interrupted',
};

type Reading = {
  files: FileFinder;
  notices: Notice[];
  title: string;
  /** Where a message names no model. */
  model: string | null;
  startedAt: number;
};

/**
 * A conversation of a ChatGPT archive, of any year. The tree is built from `parent` alone, since many archives have no
 * `children`. What is told of the archive goes into `notices`.
 */
export function readChatGpt(source: JsonObject, files: FileFinder, notices: Notice[]): ImportedConversation {
  const title = textAt(source, 'title') ?? '';
  const createdAt = timeAt(source, 'create_time') ?? timeAt(source, 'update_time') ?? 1;
  const model = textAt(source, 'default_model_slug') ?? textAt(source, 'model_slug');
  const reading: Reading = { files, notices, title, model, startedAt: createdAt };
  const nodes = Object.entries(objectAt(source, 'mapping'))
    .filter((entry): entry is [string, JsonObject] => isObject(entry[1]))
    .flatMap(([id, node]) => readNode(id, node, reading));
  const linked = throughImages(nodes);
  giveThoughts(linked);
  return {
    source: 'chatgpt',
    externalId: textAt(source, 'conversation_id') ?? textAt(source, 'id') ?? '',
    title,
    isOwnTitle: false,
    summary: null,
    summaryMessageId: null,
    model: null,
    systemPrompt: null,
    origin: null,
    parameters: '{}',
    pinned: isTrue(source, 'is_starred') || numberAt(source, 'pinned_time') !== null,
    archived: isTrue(source, 'is_archived'),
    currentId: nearestShown(linked, currentOf(textAt(source, 'current_node'), linked)) ?? undefined,
    createdAt,
    updatedAt: timeAt(source, 'update_time') ?? createdAt,
    messages: arrangeTree(linked),
  };
}

function readNode(id: string, node: JsonObject, reading: Reading): TreeNode[] {
  const parentId = textAt(node, 'parent');
  const message = isObject(node['message']) ? node['message'] : undefined;
  if (!message) return [{ id, parentId, message: null }];
  const content = readContent(message, reading.files);
  reading.notices.push(...content.unknown.map((why): Notice => ({ what: reading.title, why })));
  const [first, ...images] = messagesOf(id, message, content, reading);
  if (!first) return [{ id, parentId, message: null }];
  const nodes: TreeNode[] = [{ id, parentId, message: first }];
  for (const image of images) nodes.push({ id: image.externalId, parentId: id, message: image });
  return nodes;
}

/** The message of a node, and a second one for images where it has text as well. Nothing for one without content. */
function messagesOf(id: string, message: JsonObject, content: Content, reading: Reading): ImportedMessage[] {
  const metadata = objectAt(message, 'metadata');
  const createdAt = timeAt(message, 'create_time') ?? reading.startedAt;
  const role = roleOf(message, content);
  const base = {
    ...plainMessage({ externalId: id, parentId: null, role, content: content.text, createdAt }),
    thinking: thoughtOf(content),
  };
  if (role === 'user')
    return isEmptyQuestion(message, content) ? [] : [withAttachments(base, message, content, reading)];
  const model = textAt(metadata, 'model_slug') ?? reading.model;
  const images =
    role === 'assistant' ? imagesOf(content, { model, createdAt, title: reading.title }, reading) : [];
  const missing = role === 'assistant' && content.images.length > images.length ? MISSING_IMAGE : '';
  const text = [content.text, missing].filter(Boolean).join('\n\n');
  if (text === '' && images.length === 0 && base.thinking === null) return [];
  const answer = {
    ...base,
    content: text,
    ...(role === 'assistant' ? endingOf(message, metadata, content) : {}),
    model,
  };
  if (images.length === 0) return [answer];
  const shown = { ...answer, kind: 'image' as const, content: '', images };
  return text === '' ? [shown] : [answer, { ...shown, externalId: imagesId(id) }];
}

function roleOf(message: JsonObject, content: Content): ImportedMessage['role'] {
  const author = textAt(objectAt(message, 'author'), 'role');
  const metadata = objectAt(message, 'metadata');
  if (isTrue(metadata, 'is_visually_hidden_from_conversation') || isTrue(metadata, 'is_user_system_message'))
    return 'hidden';
  if (author === 'user' && !content.isAside) return 'user';
  // What a tool drew is an answer; what else tools say is not shown.
  if (content.images.length > 0 && author !== 'user') return 'assistant';
  return author === 'assistant' && !content.isAside ? 'assistant' : 'hidden';
}

const thoughtOf = ({ thinking }: Content) =>
  thinking === null ? null : { text: thinking, ms: null, tokens: null };
const isEmptyQuestion = (message: JsonObject, { text, images }: Content) =>
  text === '' && images.length === 0 && objectsAt(objectAt(message, 'metadata'), 'attachments').length === 0;

function endingOf(message: JsonObject, metadata: JsonObject, content: Content) {
  const details = textAt(objectAt(metadata, 'finish_details'), 'type');
  if (content.isError) return { status: 'failed' };
  if (details === 'interrupted') return { status: 'stopped' };
  return {
    status: endings[textAt(message, 'status') ?? ''] ?? 'complete',
    finishReason: details === 'max_tokens' ? 'length' : 'stop',
  };
}

function imagesOf(
  content: Content,
  about: { model: string | null; createdAt: number; title: string },
  { notices }: Reading,
) {
  for (const { file } of content.images)
    if (file.entry === null) notices.push({ what: file.name, why: 'image_missing' });
  return content.images
    .filter(({ file }) => file.entry !== null)
    .map(({ file, prompt }) => plainImage(file, { ...about, prompt: prompt ?? about.title }));
}

function withAttachments(
  base: ImportedMessage,
  message: JsonObject,
  content: Content,
  { files, notices }: Reading,
): ImportedMessage {
  const { createdAt } = base;
  const attached = objectsAt(objectAt(message, 'metadata'), 'attachments').map((file) => ({
    file: files.byPointer(textAt(file, 'id') ?? '', textAt(file, 'name') ?? undefined),
    type: textAt(file, 'mime_type') ?? '',
    bytes: numberAt(file, 'size') ?? 0,
  }));
  // An image stands among the parts and mostly once more among the attachments, where its name is.
  const known = new Set(attached.map(({ file }) => file.entry));
  const shown = content.images
    .filter(({ file }) => file.entry === null || !known.has(file.entry))
    .map(({ file }) => ({ file, type: 'image/', bytes: 0 }));
  const attachments: ImportedAttachment[] = [];
  for (const { file, type, bytes } of [...attached, ...shown]) {
    const kind = type.startsWith('image/') ? 'image' : type === 'application/pdf' ? 'pdf' : 'text';
    if (file.entry === null)
      notices.push({ what: file.name, why: kind === 'image' ? 'image_missing' : 'file_missing' });
    else
      attachments.push({
        file,
        kind,
        name: file.name,
        type,
        bytes,
        originalWidth: null,
        originalHeight: null,
        pages: null,
        tokens: null,
        text: null,
        createdAt,
      });
  }
  return { ...base, attachments };
}
