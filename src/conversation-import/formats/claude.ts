import {
  plainMessage,
  type ImportedAttachment,
  type ImportedConversation,
  type ImportedMessage,
  type Notice,
} from '../imported.ts';
import { arrangeTree, nearestShown, type TreeNode } from '../tree/arrange.ts';
import { fenced, objectsAt, numberAt, quotedJson, textAt, timeAt, type JsonObject } from './json-values.ts';

export const isClaude = (value: JsonObject) => Array.isArray(value['chat_messages']);

/** What the product put before the words of a person, as a part of its own. */
const INJECTED = /^\s*<(?:system|user_?(?:style|preferences)|injected|automated|long_conversation)[\w-]*>/i;

/** A conversation of a Claude archive. Files are not in such archives, but the text that was read of some of them. */
export function readClaude(source: JsonObject, notices: Notice[]): ImportedConversation {
  const title = textAt(source, 'name') ?? '';
  const createdAt = timeAt(source, 'created_at') ?? timeAt(source, 'updated_at') ?? 1;
  const entries = objectsAt(source, 'chat_messages');
  const hasParents = entries.some((entry) => textAt(entry, 'parent_message_uuid') !== null);
  const idOf = (entry: JsonObject | undefined, index: number) =>
    (entry && textAt(entry, 'uuid')) ?? `message-${index}`;
  const nodes = entries.flatMap((entry, index) => {
    // Older archives tell the order alone.
    const before = index === 0 ? null : idOf(entries[index - 1], index - 1);
    const parentId = hasParents ? textAt(entry, 'parent_message_uuid') : before;
    return readNodes(entry, { id: idOf(entry, index), parentId, title, startedAt: createdAt }, notices);
  });
  const current = textAt(source, 'current_leaf_message_uuid');
  return {
    source: 'claude',
    externalId: textAt(source, 'uuid') ?? '',
    title,
    isOwnTitle: false,
    summary: textAt(source, 'summary'),
    summaryMessageId: null,
    model: null,
    systemPrompt: null,
    origin: null,
    parameters: '{}',
    pinned: source['is_starred'] === true,
    archived: false,
    currentId: nearestShown(nodes, current) ?? undefined,
    createdAt,
    updatedAt: timeAt(source, 'updated_at') ?? createdAt,
    messages: arrangeTree(nodes),
  };
}

type Place = { id: string; parentId: string | null; title: string; startedAt: number };

/** The message, and a hidden one for what was put into it by the product. */
function readNodes(
  entry: JsonObject,
  { id, parentId, title, startedAt }: Place,
  notices: Notice[],
): TreeNode[] {
  const role = textAt(entry, 'sender') === 'human' ? 'user' : 'assistant';
  const createdAt = timeAt(entry, 'created_at') ?? startedAt;
  const parts = readParts(entry, role, title, notices);
  for (const file of objectsAt(entry, 'files'))
    notices.push({ what: textAt(file, 'file_name') ?? 'file', why: 'file_missing' });
  const message: ImportedMessage = {
    ...plainMessage({ externalId: id, parentId: null, role, content: parts.text, createdAt }),
    model: role === 'assistant' ? textAt(entry, 'model') : null,
    thinking: parts.thinking === '' ? null : { text: parts.thinking, ms: null, tokens: null },
    attachments: objectsAt(entry, 'attachments').map((one) => attachmentOf(one, createdAt)),
  };
  const isEmpty = message.content === '' && message.thinking === null && message.attachments.length === 0;
  const nodes: TreeNode[] = [{ id, parentId, message: isEmpty ? null : message }];
  if (parts.injected !== '') {
    const hidden = plainMessage({
      externalId: `${id}:injected`,
      parentId: null,
      role: 'hidden',
      content: parts.injected,
      createdAt,
    });
    nodes.push({ id: hidden.externalId, parentId: id, message: hidden });
  }
  return nodes;
}

type Parts = { text: string; thinking: string; injected: string };

function readParts(entry: JsonObject, role: string, title: string, notices: Notice[]): Parts {
  const shown: string[] = [];
  const thoughts: string[] = [];
  const injected: string[] = [];
  for (const part of objectsAt(entry, 'content')) {
    const type = textAt(part, 'type');
    const text = textAt(part, 'text') ?? '';
    if (type === 'text') (role === 'user' && INJECTED.test(text) ? injected : shown).push(text);
    else if (type === 'thinking') thoughts.push(textAt(part, 'thinking') ?? '');
    else if (type === 'tool_use') shown.push(toolCall(part));
    else if (type === 'tool_result') shown.push(toolResult(part));
    else if (type !== 'token_budget' && type !== 'flag') {
      shown.push(quotedJson(part));
      notices.push({ what: title, why: 'unknown_part' });
    }
  }
  // Archives of 2023 have no parts.
  if (objectsAt(entry, 'content').length === 0) shown.push(textAt(entry, 'text') ?? '');
  const join = (texts: string[]) => texts.filter((text) => text !== '').join('\n\n');
  return { text: join(shown), thinking: join(thoughts), injected: join(injected) };
}

/** A document that the model wrote by a tool stands as what it is; other calls as a quoted note. */
function toolCall(part: JsonObject): string {
  const input = part['input'];
  const content = typeof input === 'object' && input !== null ? textAt(input as JsonObject, 'content') : null;
  const name = textAt(part, 'name') ?? 'tool';
  if (name === 'artifacts' && content !== null) {
    const artifact = input as JsonObject;
    return [textAt(artifact, 'title'), fenced(content, textAt(artifact, 'language') ?? '')]
      .filter(Boolean)
      .join('\n\n');
  }
  return `> **${name}**\n>\n${quotedJson(input)}`;
}

function toolResult(part: JsonObject): string {
  const texts = objectsAt(part, 'content').map((one) => textAt(one, 'text'));
  const text = texts.filter((one) => one !== null).join('\n\n') || (textAt(part, 'content') ?? '');
  return text === ''
    ? ''
    : fenced(text)
        .split('\n')
        .map((line) => `> ${line}`)
        .join('\n');
}

function attachmentOf(one: JsonObject, createdAt: number): ImportedAttachment {
  const text = textAt(one, 'extracted_content') ?? '';
  return {
    file: null,
    kind: 'text',
    name: textAt(one, 'file_name') ?? 'text.txt',
    type: 'text/plain',
    bytes: Buffer.byteLength(text),
    originalWidth: null,
    originalHeight: null,
    pages: null,
    tokens: null,
    text,
    createdAt: timeAt(one, 'created_at') ?? createdAt,
  };
}

/** Projects stand beside the conversations, and nothing says which conversation belongs to which. */
export const projectNotice = (project: JsonObject): Notice => ({
  what: `${textAt(project, 'name') ?? ''} (${numberOfDocs(project)})`.trim(),
  why: 'project_unlinked',
});
const numberOfDocs = (project: JsonObject) =>
  numberAt(project, 'docs_count') ?? objectsAt(project, 'docs').length;
