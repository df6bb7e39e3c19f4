import type { FileFinder } from '../archive/find-files.ts';
import type {
  ImportedAttachment,
  ImportedConversation,
  ImportedImage,
  ImportedMessage,
  ImportedOrigin,
  Notice,
} from '../imported.ts';
import { arrangeTree } from '../tree/arrange.ts';
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

export const isSalon = (value: JsonObject) => value['format'] === 'salon-conversation';

const roles = ['user', 'assistant', 'hidden'] as const;
const statuses = ['complete', 'stopped', 'failed', 'interrupted'];
/** As long as one can be that is written here. */
const MAX_ORIGIN_SUMMARY = 20_000;
const originKinds = ['fork', 'summary'] as const;
const kinds = ['image', 'text', 'pdf'] as const;

/** A conversation as Salon exports it: `docs/export-format.md`. */
export function readSalon(source: JsonObject, files: FileFinder, notices: Notice[]): ImportedConversation {
  const createdAt = timeAt(source, 'created_at') ?? 1;
  const external = textAt(source, 'external_id');
  const idOf = (message: JsonObject) => textAt(message, 'external_id') ?? textAt(message, 'id') ?? '';
  const entries = objectsAt(source, 'messages');
  const ids = new Map(entries.map((message) => [textAt(message, 'id'), idOf(message)]));
  const resolved = (name: string) => ids.get(textAt(source, name)) ?? null;
  const nodes = entries.map((entry) => ({
    id: idOf(entry),
    parentId: ids.get(textAt(entry, 'parent_id')) ?? null,
    message: readMessage(entry, idOf(entry), createdAt, { files, notices }),
  }));
  return {
    source: (external && textAt(source, 'source')) ?? 'salon',
    externalId: external ?? textAt(source, 'id') ?? '',
    title: textAt(source, 'title') ?? '',
    isOwnTitle: isTrue(source, 'title_is_own'),
    summary: textAt(source, 'summary'),
    summaryMessageId: resolved('summary_message_id'),
    model: textAt(source, 'model'),
    systemPrompt: textAt(source, 'system_prompt'),
    parameters: JSON.stringify(objectAt(source, 'parameters')),
    pinned: isTrue(source, 'pinned'),
    archived: isTrue(source, 'archived'),
    origin: readOrigin(source),
    currentId: resolved('current_message_id'),
    createdAt,
    updatedAt: timeAt(source, 'updated_at') ?? createdAt,
    messages: arrangeTree(nodes, 'given'),
  };
}

function readOrigin(source: JsonObject): ImportedOrigin | null {
  const origin = objectAt(source, 'origin');
  const kind = originKinds.find((one) => one === origin['kind']);
  if (!kind) return null;
  const external = textAt(origin, 'external_id');
  const externalId = external ?? textAt(origin, 'conversation_id');
  const product = (external && textAt(origin, 'source')) ?? 'salon';
  return {
    kind,
    from: externalId === null ? null : { source: product, externalId },
    summary: textAt(origin, 'summary')?.slice(0, MAX_ORIGIN_SUMMARY) ?? null,
  };
}

type Archive = { files: FileFinder; notices: Notice[] };

function readMessage(
  source: JsonObject,
  externalId: string,
  startedAt: number,
  archive: Archive,
): ImportedMessage {
  const role = roles.find((one) => one === source['role']) ?? 'hidden';
  const usage = isObject(source['usage']) ? source['usage'] : undefined;
  const thinking = isObject(source['thinking']) ? source['thinking'] : undefined;
  const status = textAt(source, 'status');
  const createdAt = timeAt(source, 'created_at') ?? startedAt;
  return {
    externalId,
    parentId: null,
    role,
    kind: source['kind'] === 'image' ? 'image' : 'text',
    content: textAt(source, 'content') ?? '',
    status: role === 'assistant' ? (statuses.find((one) => one === status) ?? 'interrupted') : null,
    finishReason: textAt(source, 'finish_reason'),
    error: jsonAt(source, 'error'),
    model: textAt(source, 'model'),
    variant: jsonAt(source, 'variant'),
    branchName: textAt(source, 'branch_name'),
    usage: usage
      ? {
          promptTokens: numberAt(usage, 'prompt_tokens'),
          completionTokens: numberAt(usage, 'completion_tokens'),
          isEstimated: isTrue(usage, 'is_estimated'),
        }
      : null,
    thinking: thinking
      ? {
          text: textAt(thinking, 'text') ?? '',
          ms: numberAt(thinking, 'ms'),
          tokens: numberAt(thinking, 'tokens'),
        }
      : null,
    isCopy: isTrue(source, 'is_copy'),
    createdAt,
    endedAt: timeAt(source, 'ended_at'),
    attachments: objectsAt(source, 'attachments').map((one) => readAttachment(one, createdAt, archive)),
    images: objectsAt(source, 'images').map((one) => readImage(one, archive)),
  };
}

const jsonAt = (source: JsonObject, name: string) =>
  isObject(source[name]) ? JSON.stringify(source[name]) : null;

function readAttachment(
  source: JsonObject,
  startedAt: number,
  { files, notices }: Archive,
): ImportedAttachment {
  const path = textAt(source, 'file');
  const file = path === null ? null : files.byPath(path);
  const name = textAt(source, 'name') ?? 'file';
  if (file?.entry === null) notices.push({ what: name, why: 'file_missing' });
  return {
    file: file?.entry === null ? null : file,
    kind: kinds.find((one) => one === source['kind']) ?? 'text',
    name,
    type: textAt(source, 'type') ?? '',
    bytes: numberAt(source, 'bytes') ?? 0,
    originalWidth: numberAt(source, 'original_width'),
    originalHeight: numberAt(source, 'original_height'),
    pages: numberAt(source, 'pages'),
    tokens: numberAt(source, 'tokens'),
    text: typeof source['text'] === 'string' ? source['text'] : null,
    createdAt: timeAt(source, 'created_at') ?? startedAt,
  };
}

/** An image of a conversation, or one of `images.json`, which belongs to none. */
export function readImage(source: JsonObject, { files, notices }: Archive): ImportedImage {
  const path = textAt(source, 'file');
  const file = path === null ? { entry: null, name: 'image' } : files.byPath(path);
  if (path !== null && file.entry === null) notices.push({ what: file.name, why: 'image_missing' });
  const prompt = textAt(source, 'prompt') ?? '';
  return {
    file,
    status: source['status'] === 'failed' ? 'failed' : 'ready',
    prompt,
    firstPrompt: textAt(source, 'first_prompt') ?? prompt,
    newPrompt: textAt(source, 'new_prompt'),
    title: textAt(source, 'title'),
    favourite: isTrue(source, 'favourite'),
    model: textAt(source, 'model'),
    size: textAt(source, 'size'),
    quality: textAt(source, 'quality'),
    background: textAt(source, 'background'),
    createdAt: timeAt(source, 'created_at') ?? 1,
  };
}
