import type { FileFinder } from '../archive/find-files.ts';
import type { NamedFile, NoticeReason } from '../imported.ts';
import { cleanText } from './chatgpt-text.ts';
import { fenced, isObject, listAt, objectsAt, quotedJson, textAt, type JsonObject } from './json-values.ts';

/** What a message of ChatGPT says, by kind. */
export type Content = {
  text: string;
  /** What the model thought, where this is only that. */
  thinking: string | null;
  images: { file: NamedFile; prompt: string | null }[];
  isError: boolean;
  /** Something that a reader does not need: the call of a tool, its output, a source. */
  isAside: boolean;
  unknown: NoticeReason[];
};

const nothing: Content = {
  text: '',
  thinking: null,
  images: [],
  isError: false,
  isAside: false,
  unknown: [],
};

/** Reads the content of a message. Types that are not known stay as quoted JSON, and are counted. */
export function readContent(message: JsonObject, files: FileFinder): Content {
  const content = isObject(message['content']) ? message['content'] : {};
  const type = textAt(content, 'content_type') ?? 'text';
  const text = textAt(content, 'text') ?? '';
  switch (type) {
    case 'text':
    case 'multimodal_text':
      return readParts(message, content, files);
    case 'code':
      return { ...nothing, text: text && fenced(text, languageOf(content)), isAside: isForTool(message) };
    case 'execution_output':
      return { ...nothing, text: text && fenced(text), isAside: true };
    case 'thoughts':
      return { ...nothing, thinking: thoughtsOf(content), isAside: true };
    case 'reasoning_recap':
      return { ...nothing, thinking: textAt(content, 'content') ?? '', isAside: true };
    case 'tether_browsing_display':
    case 'tether_quote':
    case 'sonic_webpage':
    case 'user_editable_context':
    case 'model_editable_context':
      return { ...nothing, text: asideText(content), isAside: true };
    case 'system_error':
      return { ...nothing, text, isError: true };
    default:
      return { ...nothing, text: quotedJson(content), unknown: ['unknown_part'] };
  }
}

/** A call such as `recipient: "python"` is for a program, not for the person. */
const isForTool = (message: JsonObject) => !['all', null].includes(textAt(message, 'recipient'));

const languageOf = (content: JsonObject) => {
  const language = textAt(content, 'language') ?? '';
  return /^[a-z0-9+#-]{1,20}$/i.test(language) && language !== 'unknown' ? language : '';
};

function thoughtsOf(content: JsonObject): string {
  return objectsAt(content, 'thoughts')
    .map((thought) => [textAt(thought, 'summary'), textAt(thought, 'content')].filter(Boolean).join('\n\n'))
    .filter(Boolean)
    .join('\n\n');
}

function asideText(content: JsonObject): string {
  const title = [textAt(content, 'title'), textAt(content, 'url')].filter(Boolean).join(' ');
  const body = textAt(content, 'result') ?? textAt(content, 'text') ?? textAt(content, 'snippet') ?? '';
  const text = [title, body].filter(Boolean).join('\n\n');
  return text || quotedJson(content);
}

function readParts(message: JsonObject, content: JsonObject, files: FileFinder): Content {
  const found = { ...nothing, images: [...nothing.images], unknown: [...nothing.unknown] };
  const texts: string[] = [];
  for (const part of listAt(content, 'parts')) {
    if (typeof part === 'string') texts.push(part);
    else if (isObject(part)) readPart(part, texts, found, files);
  }
  const joined = texts.filter((text) => text !== '').join('\n\n');
  return { ...found, text: cleanText(joined, message), isAside: isForTool(message) };
}

function readPart(part: JsonObject, texts: string[], found: Content, files: FileFinder): void {
  const pointer = textAt(part, 'asset_pointer');
  const type = textAt(part, 'content_type');
  if (type === 'audio_transcription') texts.push(textAt(part, 'text') ?? '');
  else if (type?.includes('audio') || type?.includes('video')) found.unknown.push('audio');
  else if (pointer !== null) {
    const metadata = isObject(part['metadata']) ? part['metadata'] : {};
    const made = isObject(metadata['dalle']) ? metadata['dalle'] : {};
    found.images.push({ file: files.byPointer(pointer), prompt: textAt(made, 'prompt') });
  } else if (type === 'text' || (type === null && textAt(part, 'text') !== null))
    texts.push(textAt(part, 'text') ?? '');
  else {
    texts.push(quotedJson(part));
    found.unknown.push('unknown_part');
  }
}
